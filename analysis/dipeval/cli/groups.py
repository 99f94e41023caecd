"""``check`` takes the name of a study, as it always did, beside commands of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperGroup

if TYPE_CHECKING:
    import click

DEFAULT = "study"


class StudyByDefault(TyperGroup):
    """A group whose first word is a study's name where it is none of the group's commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the default command before words that name no command."""
        if not args or args[0] not in (*self.commands, "--help"):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)
