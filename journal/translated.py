"""Forms in which staff write in every language that is offered."""

from django import forms
from django.utils.translation import gettext_lazy as _

from journal.languages import to_translate

TOO_LONG = _("This is too long. Please keep it under %(limit_value)d characters.")


class TranslatedForm(forms.Form):
    """A form in which each of TRANSLATED stands once more for every other language, as text_es."""

    TRANSLATED: dict[str, str] = {}

    def __init__(self, *args, initial=None, **kwargs):
        initial = dict(initial or {})
        for name, plural in self.TRANSLATED.items():
            for code, words in initial.pop(plural, {}).items():
                initial[f"{name}_{code}"] = words
        super().__init__(*args, initial=initial, **kwargs)
        order = []
        for name in list(self.fields):
            order.append(name)
            if name in self.TRANSLATED:
                for code, language in to_translate():
                    self.fields[f"{name}_{code}"] = self.translation_of(self.fields[name], code, language)
                    order.append(f"{name}_{code}")
        self.order_fields(order)

    def translation_of(self, field, code, language):
        attrs = {"lang": code} | ({"rows": field.widget.attrs["rows"]} if "rows" in field.widget.attrs else {})
        return forms.CharField(
            label=_("%(field)s, in %(language)s") % {"field": field.label, "language": language},
            max_length=field.max_length,
            required=False,
            widget=type(field.widget)(attrs=attrs),
            error_messages={"max_length": TOO_LONG},
        )

    def said(self) -> dict:
        """The cleaned fields, with the translations of each put together under its plural."""
        cleaned = dict(self.cleaned_data)
        for name, plural in self.TRANSLATED.items():
            words = {code: cleaned.pop(f"{name}_{code}", "") for code, _language in to_translate()}
            cleaned[plural] = {code: text for code, text in words.items() if text}
        return cleaned
