"""指定緊急避難場所 and 指定避難所 of 国土地理院, and the 共通ID that links them.

They are two lists by law: emergency sites to flee to, per hazard (災害対策基本法49条の4), and
shelters to stay in (49条の7). Both name a facility by the same number, so they are linked; never
merged.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from importers.profiles.columns import HAZARDS
from importers.profiles.profile import Profile
from importers.profiles.registry import register, titled
from importers.values.cell import plain

_LICENCE = "国土地理院コンテンツ利用規約"
# GSI asks those who use the lists to pass this on.
_AS_OF = {
    "ja": "国土地理院が公開した時点のものです。最新の指定は、市区町村にご確認ください。",
    "ja-easy": "国（くに）が 出（だ）した ときの ものです。新（あたら）しい ことは、"
    "市役所（しやくしょ）などに 聞（き）いてください。",
    "en": "As published by the Geospatial Information Authority of Japan; ask the municipality "
    "for the latest designations.",
}

register(
    Profile(
        "gsi_emergency",
        titled(
            "指定緊急避難場所",
            "あぶない ときに にげる ばしょ",
            "Designated emergency evacuation sites",
        ),
        "emergency_site",
        markers=(("共通ID", "施設・場所名", *HAZARDS),),
        keys=("共通ID",),
        key_binding=True,
        value_rules=dict.fromkeys((*HAZARDS, "指定避難所との住所同一"), "designation"),
        attribution="国土地理院 指定緊急避難場所データを加工して作成",
        licence=_LICENCE,
        description=_AS_OF,
    )
)
register(
    Profile(
        "gsi_evacuation",
        titled("指定避難所", "ひなんじょ", "Designated shelters"),
        "shelter",
        markers=(("共通ID", "施設・場所名", "指定緊急避難場所との住所同一"),),
        keys=("共通ID",),
        key_binding=True,
        value_rules={"指定緊急避難場所との住所同一": "designation"},
        attribution="国土地理院 指定避難所データを加工して作成",
        licence=_LICENCE,
        description=_AS_OF,
    )
)

# -- 共通ID ------------------------------------------------------------------------------------

List = Literal["gsi_emergency", "gsi_evacuation"]
_COMMON_ID = re.compile(r"E(\d{5})(\d{5})([12])([0-9])([1-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class CommonId:
    """The parts of a 共通ID, fourteen characters.

    ``municipality`` are five digits of JIS X 0402 (no check digit), ``facility`` five digits,
    unique in it. ``type`` is 1 for a shelter, 2 for an emergency site; ``subtype`` of a shelter 1
    (general) or 2 (welfare), of a site 0. ``sequence`` is 1–9, A–Z, a–z.
    """

    municipality: str
    facility: str
    type: Literal["1", "2"]
    subtype: str
    sequence: str

    @property
    def place(self) -> str:
        """What both lists share of a facility: municipality and number."""
        return self.municipality + self.facility

    @property
    def list(self) -> List:
        """The profile of the list it stands in."""
        return "gsi_evacuation" if self.type == "1" else "gsi_emergency"


def common_id(value: Any) -> CommonId | None:
    """Return the parts of a 共通ID, None for a text that is none."""
    found = _COMMON_ID.fullmatch(plain(value)) if value is not None else None
    if found is None:
        return None
    municipality, facility, kind, subtype, sequence = found.groups()
    allowed = ("1", "2") if kind == "1" else ("0",)
    if subtype not in allowed or not 1 <= int(municipality[:2]) <= 47:
        return None
    return CommonId(municipality, facility, "1" if kind == "1" else "2", subtype, sequence)
