"""GML files made as text: 国土数値情報, 基盤地図情報, WFS servers and QGIS.

Structures as published: JPGIS 2.1 (ksj-app), 基盤地図情報 FGD_GMLSchema, OGC 09-025r2 (WFS 2.0),
OGC 06-024r4 (WFS 1.x), OGC 02-023 (GML 2).
"""

from pathlib import Path

_XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
GML32 = 'xmlns:gml="http://www.opengis.net/gml/3.2"'
GML31 = 'xmlns:gml="http://www.opengis.net/gml"'


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a document and return its path."""
    path.write_bytes(text.encode(encoding))
    return path


# -- 国土数値情報 --------------------------------------------------------------------------------

KSJ_POINT = '<gml:Point gml:id="pt1"><gml:pos>38.76 140.30</gml:pos></gml:Point>'
P20 = """
<ksj:P20 gml:id="P20_1">
  <ksj:position xlink:href="#pt1"/>
  <ksj:administrativeAreaCode codeSpace="A.xml">06205</ksj:administrativeAreaCode>
  <ksj:name>図書館</ksj:name>
  <ksj:address>山形県新庄市本町1</ksj:address>
  <ksj:seatingCapacity>-1</ksj:seatingCapacity>
  <ksj:hazardClassification><ksj:Classification>
    <ksj:earthquakeHazard>true</ksj:earthquakeHazard><ksj:other>false</ksj:other>
  </ksj:Classification></ksj:hazardClassification>
</ksj:P20>"""


def ksj(*objects: str, srs: str | None = "JGD2000 / (B, L)", encoding: str = "UTF-8") -> str:
    """Return a 国土数値情報 data set; ``srs`` None leaves out what bounds it."""
    bounds = (
        f'<gml:boundedBy><gml:EnvelopeWithTimePeriod srsName="{srs}" frame="GC / JST">'
        "<gml:lowerCorner>20.0 123.0</gml:lowerCorner><gml:upperCorner>46.0 154.0</gml:upperCorner>"
        '<gml:beginPosition calendarEraName="西暦">1900</gml:beginPosition>'
        '<gml:endPosition indeterminatePosition="unknown"/>'
        "</gml:EnvelopeWithTimePeriod></gml:boundedBy>"
        if srs is not None
        else ""
    )
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        f'<ksj:Dataset gml:id="Dataset1" {GML32} {_XLINK} '
        'xmlns:ksj="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app">'
        f"<gml:description>国土数値情報</gml:description>{bounds}{''.join(objects)}</ksj:Dataset>"
    )


def curve(name: str, positions: str) -> str:
    """Return a shared curve, positions as 国土数値情報 writes them: one a line, north first."""
    return (
        f'<gml:Curve gml:id="{name}"><gml:segments><gml:LineStringSegment><gml:posList>\n'
        f"{positions}\n</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>"
    )


def surface(name: str, *rings: tuple[str, ...]) -> str:
    """Return a shared surface whose rings (the first is outside) are made of shared curves."""
    inner = ""
    for index, curves in enumerate(rings):
        side = "interior" if index else "exterior"
        members = "".join(f'<gml:curveMember xlink:href="#{each}"/>' for each in curves)
        inner += f"<gml:{side}><gml:Ring>{members}</gml:Ring></gml:{side}>"
    return (
        f'<gml:Surface gml:id="{name}"><gml:patches><gml:PolygonPatch>{inner}'
        "</gml:PolygonPatch></gml:patches></gml:Surface>"
    )


def ks_meta(system: str = "JGD2011 / (B, L)", element: str = "referenceSystemInfo") -> str:
    """Return the metadata that lie in a set's zip (JMP 2.0)."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><MD_Metadata '
        'xmlns="http://zgate.gsi.go.jp/ch/jmp/"><language><isoCode>jpn</isoCode></language>'
        f"<{element}><MD_ReferenceSystem><referenceSystemIdentifier><code>{system}</code>"
        f"</referenceSystemIdentifier></MD_ReferenceSystem></{element}></MD_Metadata>"
    )


# -- 基盤地図情報 --------------------------------------------------------------------------------


def fgd(kind: str = "ElevPt", srs: str = "fguuid:jgd2011.bl", encoding: str = "Shift_JIS") -> str:
    """Return a 基盤地図情報 file of one feature: a point, or (``RdEdg``) a line."""
    shape = (
        f'<pos><gml:Point gml:id="p-g" srsName="{srs}"><gml:pos>38.76 140.30</gml:pos>'
        "</gml:Point></pos>"
        if kind == "ElevPt"
        else f'<loc><gml:Curve gml:id="c-g" srsName="{srs}"><gml:segments><gml:LineStringSegment>'
        "<gml:posList>\n38.76 140.30\n38.77 140.31\n</gml:posList></gml:LineStringSegment>"
        "</gml:segments></gml:Curve></loc>"
    )
    return (
        f'<?xml version="1.0" encoding="{encoding}" ?>\n<Dataset xsi:schemaLocation='
        '"http://fgd.gsi.go.jp/spec/2008/FGD_GMLSchema FGD_GMLSchema.xsd" '
        f'{GML32} {_XLINK} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns="http://fgd.gsi.go.jp/spec/2008/FGD_GMLSchema" gml:id="Dataset1">'
        "<gml:description>基盤地図情報メタデータ ID=fmdid:15-3101</gml:description>"
        f'<gml:name>基盤地図情報ダウンロードデータ（GML版）</gml:name><{kind} gml:id="K1">'
        '<fid>50-00001-1-1</fid><lfSpanFr gml:id="K1-1"><gml:timePosition>2013-01-31'
        '</gml:timePosition></lfSpanFr><devDate gml:id="K1-2"><gml:timePosition>2013-02-01'
        f"</gml:timePosition></devDate><orgGILvl>2500</orgGILvl>{shape}<type>標高点</type>"
        f"<alti>97.2</alti></{kind}></Dataset>"
    )


# -- WFS and QGIS -----------------------------------------------------------------------------


def wfs(
    *features: str, member: str = "wfs:member", root_attributes: str = "", bounds: str = ""
) -> str:
    """Return a WFS 2.0 answer; with ``gml:featureMember(s)`` it is one of WFS 1.x."""
    inner = "".join(f"<{member}>{feature}</{member}>" for feature in features)
    if member == "gml:featureMembers":
        inner = f"<{member}>{''.join(features)}</{member}>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" {GML32} '
        f'xmlns:city="http://city.example/" {_XLINK} {root_attributes}>{bounds}{inner}'
        "</wfs:FeatureCollection>"
    )


def feature(shape: str, *, kind: str = "place", number: int = 1, values: str = "") -> str:
    """Return a feature of a WFS server, with a name and whatever else is given."""
    return (
        f'<city:{kind} gml:id="{kind}.{number}"><city:name>図書館</city:name>{values}'
        f"<city:geom>{shape}</city:geom></city:{kind}>"
    )


def point(positions: str = "38.76 140.30", srs: str | None = "urn:ogc:def:crs:EPSG::6668") -> str:
    """Return a GML 3 point."""
    name = f' srsName="{srs}"' if srs else ""
    return f"<gml:Point{name}><gml:pos>{positions}</gml:pos></gml:Point>"
