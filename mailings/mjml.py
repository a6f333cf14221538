"""Letters' HTML layout: MJML compiled to mail-proof HTML once, when its template is first loaded."""

from django.template.loaders import filesystem


class Loader(filesystem.Loader):
    pass
