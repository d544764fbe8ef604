"""Form fields for staff: texts in several languages."""

from typing import Any

from django import forms
from django.conf import settings

from layers.models import Feature, Layer
from layers.style import check


class TextsWidget(forms.MultiWidget):
    """One line for each of the city's languages, labelled by the language."""

    template_name = "layers/texts_widget.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            code: forms.TextInput(
                {"lang": code[:2], "aria-label": str(name), "class": "vTextField"}
            )
            for code, name in settings.LANGUAGES
        }
        super().__init__(widgets, attrs)

    def decompress(self, value: dict[str, str] | None) -> list[str]:
        """Return the texts in the order of the languages."""
        return [(value or {}).get(code, "") for code, _ in settings.LANGUAGES]


class TextsField(forms.MultiValueField):
    """Texts by language; the city's first language is required when the field is."""

    def __init__(self, *, required: bool = True, **kwargs: Any) -> None:
        first = settings.LANGUAGE_CODE
        fields = [
            forms.CharField(required=required and code == first) for code, _ in settings.LANGUAGES
        ]
        super().__init__(
            fields, required=required, require_all_fields=False, widget=TextsWidget, **kwargs
        )

    def compress(self, data_list: list[str]) -> dict[str, str]:
        """Return the texts that were given."""
        codes = [code for code, _ in settings.LANGUAGES]
        return {code: text for code, text in zip(codes, data_list, strict=False) if text}


class LayerForm(forms.ModelForm):
    """A layer's facts, with titles by language."""

    title = TextsField(label=Layer._meta.get_field("title").verbose_name)
    description = TextsField(
        label=Layer._meta.get_field("description").verbose_name, required=False
    )

    class Meta:
        model = Layer
        fields = "__all__"  # noqa: DJ007  (the admin chooses)

    def clean_style(self) -> Any:
        """Refuse, in words, a style that nothing could be drawn by."""
        style = self.cleaned_data["style"] or {}
        check(style)
        return style


class FeatureForm(forms.ModelForm):
    """A feature's facts; refuses a geometry that its layer can't hold, in words."""

    class Meta:
        model = Feature
        fields = "__all__"  # noqa: DJ007  (the admin chooses)

    def clean(self) -> dict[str, Any]:
        """Check what the database would refuse without a sentence."""
        facts = super().clean() or {}
        layer, geom = facts.get("layer") or self.instance.layer, facts.get("geom")
        if geom is not None and layer is not None:
            dimensions = {"point": 0, "line": 1, "polygon": 2}
            if geom.empty or geom.dims != dimensions[layer.geometry_type]:
                self.add_error("geom", layer.wrong_geometry_text())
        return facts
