"""What every file says of itself: title, source, licence, date of the data."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from layers.models import Layer

_LABELS = {
    "ja": ("題名", "説明", "出典", "ライセンス", "もとのデータの日付", "注意"),
    "en": ("Title", "Description", "Source", "Licence", "Date of the source data", "Note"),
}
_NOT_STATED = {"ja": "記載がありません", "en": "not stated"}
_SAMPLE = {
    "ja": "これは見本です。実演のために作ったもので、事実ではありません。",
    "en": "This is a sample, invented for a demonstration; it states no facts.",
}


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a layer; ``titles`` and ``descriptions`` are by language.

    There is no time of writing: the same content gives the same file, whenever it is written.
    """

    slug: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    attribution: str
    licence: str
    source_date: str
    sample: bool

    @classmethod
    def of(cls, layer: Layer) -> "About":
        """Return what a layer says of itself."""
        day = layer.source_date
        return cls(
            layer.slug,
            layer.title,
            layer.description,
            layer.attribution,
            layer.licence,
            day.isoformat() if day else "",
            layer.sample,
        )

    @property
    def title(self) -> str:
        """The title in the site's first language."""
        return self.titles.get(settings.LANGUAGE_CODE) or next(
            iter(self.titles.values()), self.slug
        )

    @property
    def cited(self) -> str:
        """The attribution as it is cited beside single features; a sample is never without word."""
        if not self.sample or "見本" in self.attribution:
            return self.attribution
        return f"見本（事実ではありません）。{self.attribution}"

    def lines(self, language: str) -> list[str]:
        """Return "label: text" lines in "ja" or "en". What is not known is said to be so."""
        texts = (
            self.titles.get(language) or self.title,
            self.descriptions.get(language) or self.descriptions.get(settings.LANGUAGE_CODE, ""),
            self.attribution or _NOT_STATED[language],
            self.licence or _NOT_STATED[language],
            self.source_date or _NOT_STATED[language],
            _SAMPLE[language] if self.sample else "",
        )
        mark = "：" if language == "ja" else ": "
        labels = _LABELS[language]
        return [f"{label}{mark}{text}" for label, text in zip(labels, texts, strict=True) if text]
