"""Sentences about an import on its way, profiles, values, towns and mappings, for ``messages``."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The whole file is refused.
REFUSED: dict[str, str | Promise] = {
    "reader_slow": _(
        "Reading the file took more than %(minutes)s minutes and was stopped. Cut it into smaller "
        "files, or ask the administrator to raise IMPORT_SECONDS."
    ),
    "reader_memory": _(
        "The file needs more than %(limit)s MiB of memory to be read. Cut it into smaller files, "
        "or ask the administrator to raise IMPORT_MEMORY_MIB."
    ),
    "reader_disk": _(
        "There is not enough room on the disk to read the file. Cut it into smaller files, or ask "
        "the administrator to make room."
    ),
    "reader_died": _(
        "The file can't be read: it stopped the program that reads it. Save it again with QGIS "
        "or another program, and try that file."
    ),
    "import_over": _("This import has ended (%(state)s). Start a new one."),
    "import_not_ready": _("This import can't be written now (%(state)s). Read the file again."),
    "confirmed_already": _(
        "Somebody confirmed this import just before you (%(state)s). There is nothing more to "
        "confirm: look at its result."
    ),
    "already_imported": _(
        "This very file was imported into this layer on %(when)s, and the layer has not been "
        "changed since. Reading it again would change nothing."
    ),
    "job_lost": _(
        "The work on this import ended before it was done: the worker was stopped or fell over. "
        "Nothing was written. Try again."
    ),
    "job_failed": _(
        "Something went wrong while working on this import, through no fault of the file's. "
        "Nothing was written. Try again; if it fails again, tell who runs the portal."
    ),
    "confirmation_stale": _(
        "The file, the choices or the layer are no longer those of the preview. Look at the "
        "preview again, and confirm that."
    ),
    "target_moved": _(
        "The layer “%(layer)s” was changed after the preview was made. Read the file again to see "
        "what it would change now."
    ),
    "staging_lost": _(
        "What was prepared for this import is gone: the database was restarted after a crash. "
        "Nothing was written. Read the file again."
    ),
    "rows_rejected": _(
        "%(count)s rows can't be taken. Correct them, or allow them to be left out."
    ),
    "list_of_towns": _(
        "This is a table of towns (%(title)s), not a layer. Name it in city.toml under "
        "[gazetteer], so that addresses are found."
    ),
    "list_without_places": _(
        "This is the list “%(title)s”, which holds no places, so there is nothing to put on the "
        "map."
    ),
    "towns_not_known": _(
        "“%(name)s” is no table of towns that is read here (位置参照情報, Geolonia, "
        "アドレス・ベース・レジストリ, or the columns 町字, 小字, 緯度, 経度). Name another file."
    ),
    "towns_without_positions": _(
        "“%(name)s” holds names without positions. Name its position file (mt_town_pos_…) too."
    ),
    "towns_none": _(
        "“%(name)s” has no town of %(city)s with a position. Check that it is the file of the "
        "right prefecture."
    ),
    "mapping_unreadable": _(
        "The remembered columns of this layout can't be read. Say again which column is what."
    ),
}

# A row is left out.
ERRORS: dict[str, str | Promise] = {
    "town_without_position": _(
        "The town has no position that can be read. Correct it in the source, or leave it out."
    ),
}

# A row, or the file, is taken, and something should be known.
WARNINGS: dict[str, str | Promise] = {
    "values_read": _(
        "“%(field)s”: %(count)s cells were put into one form, for example “%(text)s” is now "
        "“%(value)s”. What the source said is kept."
    ),
    "date_impossible": _(
        "“%(text)s” in “%(field)s” is a day that does not exist, and was kept as text. Correct it "
        "in the source."
    ),
    "date_not_in_era": _(
        "“%(text)s” in “%(field)s” lies outside the era %(era)s (%(span)s), and was kept as text. "
        "Correct it in the source."
    ),
    "date_lunar": _(
        "“%(text)s” in “%(field)s” is a date of the old calendar (before 明治6) and was kept as "
        "text. Write the day of the present calendar if it is known."
    ),
    "date_weekday_differs": _(
        "“%(text)s” in “%(field)s” names a weekday, but that day is a 「%(weekday)s」. It was kept "
        "as text; correct one of the two in the source."
    ),
    "time_unreadable": _(
        "“%(text)s” in “%(field)s” is no time of day and was kept as text. Write it like 09:00."
    ),
    "weekdays_unreadable": _(
        "“%(text)s” in “%(field)s” says more than weekdays and was kept as text. Write the days "
        "like 月火水木金, and the rest in the column for remarks."
    ),
    "number_kept_as_text": _(
        "“%(text)s” in “%(field)s” is not just a number and was kept as text. Write the number "
        "alone, and the rest in the column for remarks."
    ),
    "number_other_unit": _(
        "“%(text)s” in “%(field)s” is in another unit than the rest of the column (%(unit)s), and "
        "was kept as text."
    ),
    "list_unreadable": _("“%(text)s” in “%(field)s” is no list of words and was left as it is."),
    "phone_unreadable": _(
        "“%(text)s” in “%(field)s” is not just a telephone number and was left as it is. Write "
        "extensions and remarks in their own columns."
    ),
    "phone_incomplete": _(
        "“%(text)s” in “%(field)s” lacks digits of a telephone number, perhaps its area code or "
        "the first 0. It was left as it is; correct it in the source."
    ),
    "postal_unreadable": _(
        "“%(text)s” in “%(field)s” is no postal code of seven digits and was left as it is. "
        "Correct it in the source."
    ),
    "url_unreadable": _(
        "“%(text)s” in “%(field)s” is no web address that begins with http:// or https://, so it "
        "is shown as text. Correct it in the source."
    ),
    "code_unreadable": _(
        "“%(text)s” in “%(field)s” is no local government code of six digits and was left as it "
        "is. Correct it in the source."
    ),
    "code_ambiguous": _(
        "“%(text)s” in “%(field)s” may stand for %(codes)s and was left as it is. Write all six "
        "digits in the source."
    ),
    "code_check_wrong": _(
        "“%(text)s” in “%(field)s”: the last digit does not fit the others (it would be "
        "%(right)s). It was left as it is; correct it in the source."
    ),
    "corporate_number_unreadable": _(
        "“%(text)s” in “%(field)s” is no corporate number (法人番号) of thirteen digits and was "
        "left as it is. Correct it in the source."
    ),
    "corporate_number_check_wrong": _(
        "“%(text)s” in “%(field)s” is no corporate number (法人番号): its first digit does not fit "
        "the others. It was left as it is; correct it in the source."
    ),
    "licence_non_commercial": _(
        "“%(title)s” may not be used commercially in this edition. Read its terms before it is "
        "shown to the public, or get a later edition."
    ),
    "licence_conditions": _(
        "The terms of “%(title)s” differ by prefecture or city. Look them up on its page and enter "
        "licence and attribution before it is shown to the public."
    ),
    "licence_unknown": _(
        "The licence of “%(title)s” in this edition is not known here. Look it up on its page and "
        "enter it before it is shown to the public."
    ),
    "edition_unknown": _(
        "“%(title)s”: which edition this is can't be told from its name and columns, and the same "
        "column codes mean different things by edition. The codes are shown as they are; name the "
        "edition with --profile: %(profiles)s."
    ),
    "not_a_designation": _(
        "“%(title)s” is older than the designation of evacuation sites by law. Do not show it as "
        "designated sites or shelters."
    ),
    "mapping_column_unknown": _(
        "The column “%(field)s” of the remembered layout is not in this file and was left out. "
        "Check which column is what."
    ),
    "mapping_word_unknown": _(
        "“%(value)s” in the remembered layout is not known here and was left out. Check which "
        "column is what."
    ),
}
