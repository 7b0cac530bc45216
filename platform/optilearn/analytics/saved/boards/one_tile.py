"""One tile of a dashboard, answered and drawn by itself: tried again, or not saved yet."""

from __future__ import annotations

from dataclasses import replace

from optilearn.analytics.presenting.looks import Look
from optilearn.analytics.saved.boards.choices import Choices
from optilearn.analytics.saved.boards.drawn import DrawnTile, draw_board
from optilearn.analytics.saved.boards.model import Board
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal


def draw_tile(
    *,
    principal: Principal,
    board: Board,
    key: str,
    choices: Choices,
    look: Look,
    snapshot_id: str | None = None,
) -> DrawnTile:
    """Answer and draw one tile with the choices that the others have.

    Raises ``AppError`` as ``draw_board`` does, and NOT_FOUND for a tile that isn't there.
    """
    tile = board.tile(key)
    alone = replace(board, tiles=(tile,))
    if choices.cross is not None and choices.cross.tile != key:
        alone = replace(board, tiles=(tile, board.tile(choices.cross.tile)))
    lines = draw_board(
        principal=principal, board=alone, choices=choices, look=look, as_of=snapshot_id
    )
    try:
        for line in lines:
            if isinstance(line, DrawnTile) and line.tile.key == key:
                return line
    finally:
        lines.close()
    raise not_found()
