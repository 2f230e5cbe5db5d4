"""Shapes of posts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kit.shapes import Listed
from services.kit.spelling import Flag, KeptDay

# Who names the post: the regulation, the institution's manual of posts, or nobody.
NAMINGS: Final = ("regulation", "manual", "missing")
PostName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300, pattern=r"^[^\x00]*$")]


class PostOut(BaseModel):
    code: str
    dependencia: str
    name: str | None = Field(description="null cuando ni el ROF ni el manual de puestos lo nombran")
    naming: str = Field(description="regulation: lo nombra el ROF; manual: el manual de puestos; missing: nadie")
    responsible: bool = Field(description="El puesto que responde por la dependencia; hay uno por dependencia")
    collegiate: bool = Field(description="Varias personas lo ocupan a la vez (vocales, miembros)")
    vacant: bool = Field(description="Sin titular ni encargado en la fecha pedida")
    valid_from: date
    valid_to: date | None
    version: int


class PostPage(Listed[PostOut]):
    pass


class NewPost(BaseModel):
    """A further post of a dependencia; the responsible one is there from the start."""

    model_config = ConfigDict(extra="forbid")

    dependencia: Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00]*$")]
    name: PostName
    collegiate: Flag = False
    valid_from: KeptDay
    valid_to: KeptDay | None = None


class PostFacts(BaseModel):
    """What may change of a post. Null means: as the regulation says; only a responsible post may do without."""

    model_config = ConfigDict(extra="forbid")

    name: PostName | None
    collegiate: Flag
    valid_from: KeptDay | None
    valid_to: KeptDay | None
