"""Who is calling and what they may do. Deny by default: a route that declares neither stops the start-up.

async def list_units(caller: Annotated[Caller, Requires("organisation:read")], …)
@router.get("/public/…", dependencies=[Public])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from services.kit.problems import Forbidden, Unauthorized

ROOT = "IESS"
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions on one dependencia, with or without what hangs below it.

    acting_for: the holder whose permissions these are, when an appointment gives them.
    """

    permissions: frozenset[str]
    dependencia: str
    subtree: bool
    acting_for: str | None = None


@dataclass(frozen=True, slots=True)
class Scopes:
    """Where a permission reaches: single units, units with their subtree, or everything."""

    own: tuple[str, ...]
    subtree: tuple[str, ...]

    @property
    def everything(self) -> bool:
        return ROOT in self.subtree

    @property
    def nothing(self) -> bool:
        return not self.own and not self.subtree


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated subject of a request. kind: `user`, `client` or `service`."""

    subject: str
    kind: str
    name: str
    grants: tuple[Grant, ...] = ()
    token_id: str = ""
    _scopes: dict[str, Scopes] = field(default_factory=dict, compare=False, repr=False)

    def scopes(self, permission: str) -> Scopes:
        known = self._scopes.get(permission)
        if known is None:
            held = [grant for grant in self.grants if permission in grant.permissions]
            known = Scopes(
                own=tuple(sorted({grant.dependencia for grant in held if not grant.subtree})),
                subtree=tuple(sorted({grant.dependencia for grant in held if grant.subtree})),
            )
            self._scopes[permission] = known
        return known

    def may(self, permission: str) -> bool:
        """True when the permission is held anywhere; where it reaches is the object's question."""
        return not self.scopes(permission).nothing


def caller_from_claims(claims: Mapping[str, Any]) -> Caller:
    """The caller of a verified inner token. Malformed grants are a refusal, never an empty set of them."""
    if not isinstance(claims.get("grants"), list):
        raise Unauthorized
    try:
        grants = tuple(
            Grant(
                frozenset(map(str, grant["permissions"])),
                str(grant["dependencia"]),
                grant["subtree"] is True,
                grant.get("for"),
            )
            for grant in claims["grants"]
        )
        return Caller(
            subject=str(claims["sub"]),
            kind=str(claims["kind"]),
            name=str(claims["name"]),
            grants=grants,
            token_id=str(claims["jti"]),
        )
    except (KeyError, TypeError) as error:
        raise Unauthorized from error


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that may change something and who makes it. permissions: those that its route asked for."""

    request: Request
    caller: Caller
    permissions: frozenset[str]


ADMITTED: ContextVar[Admission | None] = ContextVar("admission", default=None)


def admit(request: Request, caller: Caller, permissions: Sequence[str] = ()) -> None:
    """Remembers who makes a request that may change something, for what the trail says of it."""
    if request.method not in READS:
        admission = request.state.admission = Admission(request, caller, frozenset(permissions))
        ADMITTED.set(admission)


def judged(dependencia_id: int, verdict: bool) -> bool:
    """The verdict on a dependencia, remembered with the request: if it ends in a refusal, the trail says where.

    The first that was judged, unless it is another that refuses.
    """
    admission = ADMITTED.get()
    if admission is not None and (not verdict or getattr(admission.request.state, "judged", None) is None):
        admission.request.state.judged = dependencia_id
    return verdict


def about(dependencia: str) -> None:
    """Says which dependencia a request is about where nothing judges it by its id: for the trail, if it is refused."""
    admission = ADMITTED.get()
    if admission is not None:
        admission.request.state.place = dependencia


async def current_caller(request: Request) -> Caller:
    """The caller of this request, from the inner token only."""
    caller: Caller = await request.app.state.authenticate(request)
    admit(request, caller)
    return caller


class Requirement:
    """A declared permission. Called per request: 401 without a caller, 403 when nobody granted it anywhere.

    everywhere: held on one province is not enough, because what it changes belongs to the whole institution.
    """

    def __init__(self, permissions: Sequence[str], *, everywhere: bool = False) -> None:
        self.permissions = tuple(permissions)
        self.everywhere = everywhere

    async def __call__(self, request: Request) -> Caller:
        caller = await current_caller(request)
        if not any(self._is_held(caller, permission) for permission in self.permissions):
            raise Forbidden
        admit(request, caller, self.permissions)
        return caller

    def _is_held(self, caller: Caller, permission: str) -> bool:
        return caller.scopes(permission).everything if self.everywhere else caller.may(permission)


class Openness:
    """Marks a route that needs no login."""

    permissions: tuple[str, ...] = ()

    async def __call__(self) -> None:
        return None


def Requires(*permissions: str, everywhere: bool = False) -> Any:  # reads as a declaration, like FastAPI's Depends
    """Dependency: the Caller, who holds at least one of the permissions somewhere; everywhere: on the whole of IESS."""
    if not permissions:
        raise ValueError("Requires needs at least one permission")
    return Depends(Requirement(permissions, everywhere=everywhere), use_cache=False)


Public: Any = Depends(Openness())


class UndeclaredPermission(RuntimeError):
    """A route exists that says neither Requires nor Public. The process must not start."""


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def declared_permissions(routes: Sequence[BaseRoute]) -> dict[tuple[str, str], tuple[str, ...]]:
    """(method, path) → permissions of every route, `()` for public ones. Raises UndeclaredPermission."""
    declared: dict[tuple[str, str], tuple[str, ...]] = {}
    for context in iter_route_contexts(routes):
        dependant = getattr(context, "dependant", None)
        path = str(context.path)
        if dependant is None:
            raise UndeclaredPermission(f"route {path} is not an API route and declares no permission")
        marks = [c for c in _calls(dependant) if isinstance(c, Requirement | Openness)]
        if not marks:
            raise UndeclaredPermission(f"route {sorted(context.methods or ())} {path} declares no permission")
        for method in context.methods or ():
            declared[method, path] = tuple(p for mark in marks for p in mark.permissions)
    return declared
