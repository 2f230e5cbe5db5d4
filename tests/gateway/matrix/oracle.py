"""What must happen, from the rules of the domain alone: it imports nothing of the product. At most sixty lines."""

READS = "assignment:read measurement:read project:read pac:read budget:read"
EVERYBODY = "organisation:read appointment:read plan:read indicator:read calendar:read policy:read"
ROLES = {
    "administrator": "user:read user:write client:write grant:read grant:write key:write", "viewer": READS,
    "methodologist": READS + " organisation:write regulation:import reorganization:apply plan:write plan:validate "
    "plan:observe indicator:write target:write calendar:write lock-exception:write policy:write",
    "authority": READS + " plan:approve plan:observe project:approve",
    "plan_owner": READS + " plan:write plan:submit project:report project:approve pac:write measurement:approve "
    "measurement:return", "auditor": READS + " person:read user:read grant:read audit:read",
    "reporter": "assignment:read measurement:read measurement:submit project:read project:report pac:read",
    "integrator/measurements": "assignment:read measurement:read measurement:submit",
    "integrator/budget": "budget:read budget:push", "integrator/people": "person:read person:write appointment:push",
}  # fmt: skip
# Operation (its beginning; the longest decides) → what decides: "=" nothing more, "!" the whole institution, "@" the
# object's place, "~" what an answer holds, "#" a draft, there only for who works on plans in its place; and permission.
DRAFTS = ("plan:write", "plan:submit", "plan:validate", "plan:approve", "plan:observe", "audit:read")
NEEDS = {
    "": "~", "GET /api/v1/me": "=", "GET /api/v1/catalogs": "=organisation:read", "GET /api/v1/events": "~",
    "GET /api/v1/users": "=user:read", "POST /api/v1/users": "!user:write", "PATCH /api/v1/users": "!user:write",
    "GET /api/v1/clients": "=user:read", "POST /api/v1/clients": "!client:write", "POST /api/v1/me/": "~",
    "PATCH /api/v1/clients": "!client:write", "GET /api/v1/grants": "~grant:read",
    "GET /api/v1/signing-keys": "!key:write", "POST /api/v1/signing-keys": "!key:write",
    "POST /api/v1/grants": "~grant:write", "GET /api/v1/audit-events": "!audit:read",
    "GET /api/v1/dependencias": "=organisation:read", "GET /api/v1/org-tree": "=organisation:read",
    "GET /api/v1/zones": "=", "GET /api/v1/provinces": "=", "GET /api/v1/rof/": "=", "GET /api/v1/resolutions": "=",
    "POST /api/v1/rof/imports": "!regulation:import", "GET /api/v1/rof/imports": "~",
    "GET /api/v1/indicators": "=indicator:read", "GET /api/v1/plans": "~plan:read",
    "POST /api/v1/indicators": "!indicator:write", "PUT /api/v1/indicators": "!indicator:write",
    "GET /api/v1/assignments": "~assignment:read", "GET /api/v1/assignments/{code}": "@assignment:read",
    "GET /api/v1/measurements": "~measurement:read", "GET /api/v1/effective-grants": "~grant:read",
    "GET /api/v1/measurements/{assignment}/{period}": "@measurement:read",
    "POST /api/v1/measurement-batches": "~measurement:submit", "POST /api/v1/reorganizations": "!reorganization:apply",
    "GET /api/v1/scorecards/{dependencia}": "@measurement:read", "GET /api/v1/projects": "~project:read",
    "GET /api/v1/projects/{project}": "@project:read", "GET /api/v1/budget-execution": "~budget:read",
    "GET /api/v1/data-quality/{dependencia}": "@measurement:read", "GET /api/v1/plans/{code}": "#",
    "GET /api/v1/objectives/{code}": "#",
}  # fmt: skip
OPEN = tuple(f"/api/v1/{path}" for path in ("auth/login", "auth/token", "auth/activation", "auth/oidc/", "public/"))


def need(operation: str) -> str:
    return NEEDS[max([name for name in NEEDS if operation.startswith(name)], key=len)]


def holds(role: str | None, permission: str) -> bool:
    return not permission or permission in f"{EVERYBODY} {ROLES.get(role or '', '')}".split()


def verdicts(operation: str, role: str | None, subtree: bool, relation: str) -> set[int] | None:
    """Statuses that are right; None when only the rules that hold everywhere apply. role None: no grants at all."""
    sign, permission = need(operation)[0], need(operation)[1:]
    if not holds(role, permission) or sign == "!":
        return {403}
    if sign == "@" and may_see(role, subtree, relation):
        return {200} if operation in NEEDS else {200, 201, 403, 404, 409, 412, 415, 422, 428}
    if sign == "#" and any(holds(role, p) for p in DRAFTS) and may_see(role, subtree, relation):
        return {200, 404, 422}
    if sign in "@#":
        return {404, 422}
    if sign == "=" and operation.startswith("GET") and "{" not in operation:
        return {200, 404} if relation in ("closed", "nowhere") else {200}
    return None


def may_see(role: str | None, subtree: bool, relation: str) -> bool:
    """May any scoped datum of that unit appear in an answer to this subject."""
    return role is not None and (relation == "own" or (subtree and relation in ("child", "grandchild", "closed")))
