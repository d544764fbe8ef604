"""manage.py nginx_conf: write nginx's configuration for this site."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers.publish import nginx


class Command(BaseCommand):
    """Write nginx's configuration, and the pages that it shows when the site is not available."""

    help = "Write nginx's configuration for this site (docs/operations.md, Behind nginx)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what the settings do not say."""
        parser.add_argument("--out", type=Path, help="file to write; without it, it is printed")
        parser.add_argument("--listen", help="port or address:port; 80, with a certificate 443")
        parser.add_argument("--upstream", default="127.0.0.1:8000", help="the application's place")
        parser.add_argument("--certificate", default="", help="file with the certificate (PEM)")
        parser.add_argument("--key", default="", help="file with the certificate's key (PEM)")
        parser.add_argument("--access-log", default="off", help="file; without it, none is kept")
        parser.add_argument(
            "--no-brotli", action="store_true", help="leave brotli out, though nginx has it here"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        if bool(options["certificate"]) != bool(options["key"]):
            raise CommandError("Give both, --certificate and --key, or neither.")
        site = nginx.Site(
            listen=options["listen"] or ("443" if options["certificate"] else "80"),
            upstream=options["upstream"],
            certificate=options["certificate"],
            key=options["key"],
            brotli="" if options["no_brotli"] else nginx.brotli_module(),
            access_log=options["access_log"],
        )
        try:
            text = nginx.configuration(site)
        except nginx.CannotSay as error:
            raise CommandError(str(error)) from error
        try:
            nginx.write_unavailable()
        except ValueError as error:  # the pages name static files
            raise CommandError(f"Run `manage.py collectstatic` first. ({error})") from error
        if options["out"] is None:
            self.stdout.write(text)
        else:
            options["out"].write_text(text, encoding="utf-8")
