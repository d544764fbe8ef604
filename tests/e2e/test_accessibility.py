"""axe finds nothing, with every rule of it on; and the pages are whole without scripts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Town, Visitor

pytestmark = pytest.mark.e2e

Make = Callable[..., Visitor]

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"phone": (360, 740), "desk": (1440, 900)}
PREFIXES = {"ja": "", "ja-easy": "/ja-easy", "en": "/en"}


def violations(page: Page) -> list[str]:
    """Return what axe holds against the page. Every released rule is on, also those (WCAG 2.2, AAA)
    that axe leaves off by itself.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        """async () => {
          const released = axe.getRules().filter(({tags}) => !tags.includes("experimental"));
          const rules = Object.fromEntries(released.map(({ruleId}) => [ruleId, {enabled: true}]));
          return (await axe.run(document, {rules})).violations;
        }"""
    )
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [
        # Each language, size and scheme with each of the others.
        ("ja", "phone", "light"),
        ("ja", "desk", "dark"),
        ("ja-easy", "phone", "dark"),
        ("ja-easy", "desk", "light"),
        ("en", "phone", "light"),
        ("en", "desk", "dark"),
    ],
)
def test_axe_finds_nothing(
    town: Town, visitor: Make, language: str, size: str, scheme: str
) -> None:
    guest = visitor(*SIZES[size], color_scheme=scheme)
    prefix = PREFIXES[language]
    everything = "/?layers=facilities,sites,flood"
    for path in (
        everything,
        f"{everything}&feature={town.park.pk}",
        f"/features/{town.park.pk}/",
        f"/features/{town.hall.pk}/",
        "/features/999999/",
    ):
        page = guest.open(prefix + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        expect(page.locator("h1")).to_have_count(1)
        page.close()


def test_axe_finds_a_fault(town: Town, visitor: Make) -> None:
    """The negative control."""
    page = visitor().open("/")
    page.evaluate("document.querySelector('html').removeAttribute('lang')")
    page.evaluate("document.querySelector('#count').style.color = '#ddd'")
    found = "\n".join(violations(page))
    assert "html-has-lang" in found
    assert "color-contrast" in found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_popups_and_messages_pass_too(town: Town, visitor: Make, scheme: str) -> None:
    page = visitor(color_scheme=scheme).open("/")
    page.locator("#map .cluster").click()
    page.locator("summary", has_text="背景").click()
    page.locator("summary", has_text="場所の出典").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


def test_titles_and_languages_are_right(town: Town, visitor: Make) -> None:
    guest = visitor()
    titles = set()
    for prefix, lang in (("", "ja"), ("/ja-easy", "ja"), ("/en", "en")):
        for path in ("/", f"/features/{town.hall.pk}/", f"/features/{town.park.pk}/"):
            page = guest.open(prefix + path)
            assert page.locator("html").get_attribute("lang") == lang
            titles.add(page.title())
            page.close()
    assert len(titles) == 9


def test_japanese_names_on_an_english_page_are_marked_as_japanese(
    town: Town, visitor: Make
) -> None:
    page = visitor().open("/en/")
    hall = page.locator(f'#places [data-feature="{town.hall.pk}"] .place-name a')
    expect(hall).to_have_attribute("lang", "ja")
    expect(page.get_by_role("link", name="Library")).not_to_have_attribute("lang", re.compile("."))


def test_the_front_page_is_whole_without_scripts(town: Town, visitor: Make) -> None:
    page = visitor(java_script_enabled=False).open("/")
    expect(page.get_by_role("img", name="地図の略図")).to_be_visible()
    expect(page.get_by_role("link", name="遠くの小屋").first).to_be_visible()
    expect(page.get_by_role("button", name="一覧を広げる")).to_be_hidden()
    page.get_by_role("checkbox", name="指定緊急避難場所").check()
    page.get_by_role("checkbox", name="公共施設").uncheck()
    page.get_by_role("button", name="選んだものを地図に出す").click()
    expect(page.get_by_text("選んだものの場所 2 件")).to_be_visible()
    expect(page.get_by_role("checkbox", name="公共施設")).not_to_be_checked()
    page.get_by_role("link", name=re.compile("地図で見る.*北公園")).click()
    expect(page.locator(".place.is-chosen")).to_contain_text("北公園")
    page.locator(".place.is-chosen").get_by_role("link", name="北公園", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("北公園")


def test_a_feature_page_is_whole_without_scripts(town: Town, visitor: Make) -> None:
    page = visitor(java_script_enabled=False).open(f"/features/{town.park.pk}/")
    expect(page.get_by_role("row", name="洪水 指定あり")).to_be_visible()
    expect(page.get_by_role("row", name="地震 指定なし")).to_be_visible()
    expect(page.get_by_role("row", name="津波 わかりません")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("北公園"))).to_be_visible()
    page.get_by_role("link", name="地図で見る").click()
    expect(page.locator(".place.is-chosen")).to_contain_text("北公園")
