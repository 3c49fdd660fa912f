from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.accounts.second_factor import encrypt_anew


class Command(BaseCommand):
    help = "Encrypt the keys of authenticator apps with SECRET_KEY, so that older keys can go."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"Encrypted anew: {encrypt_anew()}")
