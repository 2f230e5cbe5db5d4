"""Permissions this service checks. What role holds them is the gateway's matter."""

from __future__ import annotations

PLAN_READ = "plan:read"
PLAN_WRITE = "plan:write"
PLAN_SUBMIT = "plan:submit"
PLAN_VALIDATE = "plan:validate"
PLAN_APPROVE = "plan:approve"
PLAN_OBSERVE = "plan:observe"
PROJECT_READ = "project:read"
PROJECT_REPORT = "project:report"
PROJECT_APPROVE = "project:approve"
PAC_READ = "pac:read"
PAC_WRITE = "pac:write"
POLICY_READ = "policy:read"
POLICY_WRITE = "policy:write"
MEASUREMENT_READ = "measurement:read"
BUDGET_READ = "budget:read"
BUDGET_PUSH = "budget:push"
AUDIT_READ = "audit:read"
INTERNAL_READ = "internal:read"

# Who works on a plan of a dependencia sees it before it is approved; everybody else sees it afterwards.
SEES_DRAFTS = (PLAN_WRITE, PLAN_SUBMIT, PLAN_VALIDATE, PLAN_APPROVE, PLAN_OBSERVE, AUDIT_READ, INTERNAL_READ)
