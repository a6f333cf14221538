"""Letters' HTML layout: MJML compiled to mail-proof HTML once, when its template is first loaded."""

from django.template import TemplateDoesNotExist
from django.template.loaders import filesystem
from mjml import mjml2html


class Loader(filesystem.Loader):
    """Finds emails/*.html whose source begins with <mjml and hands it on compiled; all else is left to others.

    Django's tags pass through MJML untouched and are filled in for each letter. The cached loader around this
    one keeps the result.
    """

    def get_template_sources(self, template_name):
        if template_name.startswith("emails/") and template_name.endswith(".html"):
            yield from super().get_template_sources(template_name)

    def get_contents(self, origin):
        source = super().get_contents(origin)
        if not source.startswith("<mjml"):
            raise TemplateDoesNotExist(origin)
        # No fonts: MJML would otherwise load its usual ones from a stranger's server.
        return mjml2html(source, fonts={})
