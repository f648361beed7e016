"""A folder that does not fit together is refused, with the file and the key of what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from csp_workflow import Question, Terms, Verdict, rule
from csp_workflow.catalogue import load
from csp_workflow.errors import DefinitionError
from csp_workflow.rules.shipped import SHIPPED
from tests.states.folders import appended, copied, refusal_of, replaced, without_table

LIFE, RESELLER = "direct_bill/lifecycle.toml", "indirect_reseller/lifecycle.toml"
MARKETS = "markets.toml"
P2018, P2018B, P2020, P2023, P2025A, P2025B = (
    f"direct_bill/policies/{name}.toml"
    for name in ("01_2018-closed", "02_2018-08", "03_2020-10", "04_2023-07", "05_2025-05", "06_2025-10")
)


class Spoiled(NamedTuple):
    """One thing spoiled: in `edited`, `old` becomes `new`; the error names `file` and `key` and says `words`."""

    name: str
    edited: str
    old: str
    new: str
    file: str
    key: str
    words: str = ""


def here(name: str, file: str, old: str, new: str, key: str, words: str = "") -> Spoiled:
    """Something that is refused in the file in which it was spoiled."""
    return Spoiled(name, file, old, new, file, key, words)


LONG = "x" * 65
TOO_LONG = [
    here("deadline", LIFE, "[deadline.window_opens]", f"[deadline.{LONG}]", f"deadline.{LONG}", "64 characters"),
    here("policy", P2025B, 'id = "2025-10"', f'id = "{LONG}"', f"id = {LONG}", "64 characters"),
    here("fact", "facts.toml", "[membership]", f'[{LONG}]\nfields = {{ status = "text!" }}\n[membership]', LONG, "64 "),
    here("role", "programme.toml", "[role.operator]", f'[role.{LONG}]\nside = "operator"\n[role.operator]',
         f"role.{LONG}", "64 "),
]  # fmt: skip
UNKNOWN_NAMES = [
    here(
        "guard", LIFE, '["assessment.in_policy"]', '["assessment.in_polcy"]', "trigger.complete_assessment.guards",
        "did you mean 'assessment.in_policy'?",
    ),
    here("side of a turn", LIFE, 'turn = "partner"', 'turn = "partners"', "state.enrollment.turn", "partner"),
    here("mark of a turn", LIFE, "{ assessed_on =", "{ asessed_on =", "state.assessment.turn", "assessed_on"),
    here("guard of a fact", LIFE, '["billing.new_tenant"]', '["billing.tenant"]', "state.active.guards", "billing"),
    here("ledger that is guarded", LIFE, "{ billing_currency =", "{ revenue =", "state.active.guards.revenue",
         "not guarded"),
    here("fact that is guarded", LIFE, "{ billing_currency =", "{ billing_curency =", "state.active.guards",
         "did you mean 'billing_currency'?"),
    here("guard whose refusal leaves something", LIFE, '{ "window.open" =', '{ "window.opn" =',
         "trigger.apply.refused"),
    here("guard in a view", LIFE, 'rules = ["verification.passed"]', 'rules = ["verified"]', "state.credit_check.asks"),
    here("effect", LIFE, '["pin_policy",', '["pin_polcy",', "trigger.apply.effects", "did you mean 'pin_policy'?"),
    here("effect without its words", LIFE, '"assess scores"', '"assess"', "trigger.complete_assessment.effects", "0"),
    here("effect of a field", LIFE, '"assess scores"', '"assess us"', "trigger.complete_assessment.effects", "us"),
    here("field that a notice goes to", RESELLER, "to staff", "to stuff", "trigger.finish_account.notices", "stuff"),
    here(
        "bound of a field", LIFE, "any_date > purchased_on", "any_date > bought_on",
        "trigger.purchase_support_plan.payload.renews_on", "bought_on",
    ),
    here("default of a field", LIFE, "coming_date = today", "coming_date = tomorrow",
         "trigger.approve_credit.payload.notified_on", "tomorrow"),
    here("setting of a notice", LIFE, "if assessment.categories", "if assessment.kategories", "assessment.kategories"),
    here("effect of a refusal", LIFE, '"mark window_refused_on"', '"marc window_refused_on"', "trigger.apply.refused"),
    here("effect of a deadline", LIFE, '["open_check"]', '["open_chek"]', "deadline.security_check.effects"),
    here("role", LIFE, 'roles = ["credit_officer"]', 'roles = ["credit_oficer"]', "trigger.approve_credit.roles"),
    here("role in the other lifecycle", RESELLER, '["profile_admin"]', '["admin"]', "trigger.finish_profile.roles"),
    here(
        "role that records", "facts.toml", "[membership]\n", '[membership]\nrecorded_by = ["nobody"]\n',
        "membership.recorded_by", "nobody",
    ),
    here("notice", LIFE, 'notices = ["activated"]', 'notices = ["activatd"]', "trigger.accept_mpa.notices"),
    here("notice of a deadline", LIFE, '["review_closed"]', '["review_clozed"]', "deadline.review_closes.notices"),
    here(
        "source of a trigger", LIFE, 'sources = ["direct-bill-2025"]', 'sources = ["direct-bill-2026"]',
        "trigger.approve_application.sources", "did you mean 'direct-bill-2025'?",
    ),
    here("source of a setting", P2018, 'false, sources = ["enroll-2018"]', 'false, sources = ["x"]', "window.open"),
    here(
        "source of a requirement", P2018, '"membership.active" = { sources = ["enroll-2018"]',
        '"membership.active" = { sources = ["page"]', "requirements.membership.active",
    ),
    here("source of a date", P2018, '2018-08-30, sources = ["enroll-2018"]', '2018-08-30, sources = ["x"]', "in_force"),
    here("source of the markets", "markets.toml", 'markets = "enroll-2018"', 'markets = "page"',
         "source.markets", "page"),
    here("view", LIFE, 'view = "either"', 'view = "eiter"', "state.support_plan_purchase.asks",
         "did you mean 'either'?"),
    here("trigger in a view", LIFE, 'of = "apply"', 'of = "aply"', "state.indirect_tenure.asks"),
    here(
        "trigger in a view of another state", LIFE, 'trigger = "approve_credit"', 'trigger = "approve_application"',
        "state.credit_check.asks",
    ),
    here(
        "one of several triggers in a view", LIFE, '["confirm_support_plan", "purchase_support_plan"]',
        '["confirm_plan", "purchase_support_plan"]', "state.support_plan_purchase.asks",
    ),
    here("deadline of a state", LIFE, '["security_check", "security', '["security_chek", "security',
         "state.restricted.deadlines"),
    here("kind of deadline", LIFE, "[deadline.window_opens]", "[deadline.window_opns]", "deadline.window_opns"),
    here("trigger that a deadline fires", LIFE, '"open_review" }', '"open_reviw" }', "deadline.review_opens.fires"),
    here("group of rules", LIFE, '"@requirements(verified)"', '"@requirement(verified)"',
         "trigger.invite_to_assessment.guards", "did you mean 'requirements'?"),
    here("word after a group", LIFE, '"@requirements(verified)"', '"@requirements(checked)"',
         "trigger.invite_to_assessment.guards"),
    here("state that a move leads to", LIFE, 'mpa_acceptance = "active"', 'mpa_acceptance = "activ"',
         "trigger.accept_mpa.moves", "activ"),
    here("state that a move starts from", LIFE, 'mpa_acceptance = "active"', 'mpa_aceptance = "active"',
         "trigger.accept_mpa.moves", "mpa_aceptance"),
    here("state of guards", LIFE, "guards = { annual_review =", "guards = { anual_review =",
         "trigger.renew_support_plan.guards.anual_review"),
    here("state of effects", LIFE, "effects = { annual_review =", "effects = { anual_review =",
         "trigger.renew_support_plan.effects.anual_review"),
    here("state in which a deadline fires", LIFE, "fires = { active =", "fires = { activ =",
         "deadline.review_opens.fires", "activ"),
    here("rule of a policy", P2025B, '"location.pla" =', '"location.plaa" =', "requirements.location.plaa", "no rule"),
    here("setting of a policy", P2025B, "separate =", "seperate =", "verification.seperate"),
    here("lifecycle that is meant", "programme.toml", '"direct_bill"', '"direct_bil"', "default_lifecycle"),
    here("region of a country", "markets.toml", 'region = "mea_cee"', 'region = "mea"', "country.AE.markets", "mea"),
    here("kind of field of a payload", LIFE, '"text!"', '"txt!"', "trigger.request_information.payload.question",
         "txt"),
    here("kind of field of a fact", "facts.toml", '"date!"', '"dat!"', "reseller_tenure.fields.first_transaction_on"),
    here("field that records add up by", "facts.toml", '"area"', '"aria"', "designation.accumulates", "aria"),
    here("whom a fact is about", "facts.toml", '["case"]', '["tenant"]', "account_setup.about"),
    here("side of a role", "programme.toml", '"vendor"', '"seller"', "role.reviewer.side", "seller"),
    here("placeholder of a wording", "rules.en.toml", "({need}).", "({needed}).", "actor.role.statement", "needed"),
    here("placeholder of a wording in Czech", "rules.cs.toml", "({need})", "({potreba})", "actor.role.statement"),
]  # fmt: skip

UNKNOWN_KEYS = [
    here("programme", "programme.toml", "default_lifecycle", "colour = 1\ndefault_lifecycle", "colour"),
    here("role", "programme.toml", 'side = "operator"', 'side = "operator"\nshade = 1', "role.operator.shade"),
    here("fact", "facts.toml", 'accumulates = "area"', 'acumulates = "area"', "designation.acumulates"),
    here("source", "sources.toml", 'languages = ["cs"]', 'languages = ["cs"]\nshade = 1', "direct-bill-300k.shade"),
    here("markets", "markets.toml", "[source]", "[continent.europe]\n[source]", "continent"),
    here("region", "markets.toml", "[region.brazil]", '[region.brazil]\nshade = "green"', "region.brazil.shade"),
    here("country", "markets.toml", "[country.AD]", '[country.AD]\nshade = "green"', "country.AD.shade"),
    here("lifecycle", LIFE, 'title = "Direct bill"', 'title = "Direct bill"\nshade = 1', "shade"),
    here("state", LIFE, "shows_wait = true", "shows_waits = true", "state.indirect_tenure.shows_waits"),
    here("trigger", LIFE, 'notices = ["activated"]', 'notice = ["activated"]', "trigger.accept_mpa.notice"),
    here("deadline", LIFE, 'notices = ["review_closed"]', 'notice = ["x"]', "deadline.review_closes.notice"),
    here("view", LIFE, 'timed = "due_later" },', 'timd = "due_later" },', "state.indirect_tenure.asks", "timd"),
    here("policy", P2025B, 'id = "2025-10"', 'id = "2025-10"\nshade = 1', "shade"),
    here("dates of a policy", P2025B, "[in_force]", "[in_force]\nuntil = 2030-01-01", "in_force.until"),
    here("setting", P2025B, "true, sources", "true, sauces = [], sources", "window.open"),
    here("terms of a rule", P2025B, "months = 12,", "months = 12, weeks = 1,", "requirements.tenure.months"),
    here("wording", "rules.en.toml", "statement =", 'hint = ""\nstatement =', "actor.role.hint"),
    here("wording in German", "rules.de.toml", "statement =", 'hint = ""\nstatement =', "actor.role.hint"),
]  # fmt: skip

WRONG_TYPES = [
    here("whether a state is initial", LIFE, "initial = true", "initial = 1", "state.indirect_tenure.initial"),
    here("a turn without its end", LIFE, ', else = "vendor" }', " }", "state.application.turn", "else"),
    here("a turn of nothing", LIFE, 'turn = "partner"', "turn = {}", "state.enrollment.turn", "else"),
    here("a turn that is no text", LIFE, 'turn = "partner"', "turn = 1", "state.enrollment.turn"),
    here("other names", "markets.toml", 'also = ["', 'also = ["", "', "country.AE.also", "empty"),
    here("guards of a fact", LIFE, '["billing.new_tenant"]', '"billing.new_tenant"',
         "state.active.guards.billing_currency"),
    here("a group that guards a fact", LIFE, '["billing.new_tenant"]', '["@requirements"]',
         "state.active.guards.billing_currency", "group"),
    here("roles", LIFE, 'roles = ["global_admin"]', 'roles = "global_admin"', "trigger.apply.roles"),
    here("a role", LIFE, 'roles = ["global_admin"]', "roles = [7]", "trigger.apply.roles"),
    here("no role", LIFE, 'roles = ["global_admin"]', "roles = []", "trigger.apply.roles"),
    here("moves", LIFE, 'moves = { indirect_tenure = "application" }', 'moves = "x"', "trigger.apply.moves"),
    here("no moves", LIFE, 'moves = { indirect_tenure = "application" }', "moves = {}", "trigger.apply.moves"),
    here("a guard", LIFE, '"window.open", ', '"Window open", ', "trigger.apply.guards", "Window open"),
    here("a notice", LIFE, 'notices = ["activated"]', 'notices = ["Activated!"]', "trigger.accept_mpa.notices"),
    here("a payload", LIFE, 'question = "text!"', "question = 1", "trigger.request_information.payload.question"),
    here("a title", LIFE, 'title = "Direct bill"', "title = 1", "title"),
    here("a missing title", LIFE, 'title = "Direct bill"', "", "title", "missing"),
    here("a view without its name", LIFE, 'view = "guards", of = "apply",', 'of = "apply",',
         "state.indirect_tenure.asks.view"),
    here("a view without its trigger", LIFE, 'of = "apply", ', "", "state.indirect_tenure.asks"),
    here("a view without its list", LIFE, 'submit_enrollment", listed = "due_now"', 'submit_enrollment"',
         "state.enrollment.asks"),
    here("a view's list", LIFE, 'timed = "due_later" },', 'timed = "some_day" },', "state.indirect_tenure.asks",
         "some_day"),
    here("two roles of timers", "programme.toml", 'side = "operator"', 'side = "system"', "role", "system"),
    here("no role of timers", "programme.toml", 'side = "system"', 'side = "operator"', "role", "system"),
    here("a wording without fix", "rules.en.toml", "fix =", "# fix =", "actor.role.fix", "missing"),
    here("a day", P2025B, "from = { value = 2025-10-01", 'from = { value = "soon"', "in_force.from", "date"),
    here("a missing beginning", P2025B, "from = {", "# from = {", "in_force.from", "missing"),
    here("a missing id", P2025B, 'id = "2025-10"', "", "id", "missing"),
    here("an amount", P2025B, "floor = 1_000_000", 'floor = "much"', "requirements.revenue.floor"),
    here("a number of months", P2025B, "months = 12", 'months = "twelve"', "requirements.tenure.months"),
    here("a count", P2025B, "count = 1", 'count = "one"', "requirements.designation.count"),
    here("a switch", P2025B, "open = { value = true", 'open = { value = "yes"', "window.open"),
    here("a number of years", P2025B, "years = { value = 1", 'years = { value = "one"', "cooldown.years"),
    here("a scope", P2025B, 'value = "partner"', 'value = "planet"', "cooldown.scope"),
    here("a pass mark", P2025B, 'pass_mark = { value = "none"', 'pass_mark = { value = "high"', "assessment.pass_mark"),
    here("a list of kinds", P2025B, 'value = ["ASfP", "PSfP"]', "value = 2", "plan.kinds"),
    here("days of reminders", P2025B, "[90, 60, 30]", '["a month"]', "review.reminder_days"),
    here("a day of a setting", P2020, "since = { value = 2021-01-01", 'since = { value = "then"', "review.since"),
]  # fmt: skip

GRAPH = [
    here("an unreachable state", LIFE, "[state.closed]",
         '[state.limbo]\n\n[trigger.leave]\nmoves = { limbo = "closed" }\nroles = ["reviewer"]\n\n[state.closed]',
         "state.limbo", "reached"),
    here("two initial states", LIFE, "[state.application]", "[state.application]\ninitial = true", "state", "2"),
    here("no initial state", RESELLER, "initial = true", "", "state", "0"),
    here("no final state", RESELLER, "final = true", "", "state.account_setup", "final"),
    here("a move out of a final state", LIFE, 'moves = { active = "annual_review" }',
         'moves = { active = "annual_review", closed = "active" }', "trigger.open_review.moves", "closed"),
    here("a deadline that no state has", LIFE, '"window_opens"]', "]", "deadline.window_opens"),
    here("a deadline that fires what timers may not do", LIFE, 'roles = ["system", "reviewer"]', 'roles = ["reviewer"]',
         "deadline.review_opens.fires", "timers"),
    here("a deadline that fires where the trigger does not lead", LIFE, 'fires = { active = "open_review" }',
         'fires = { active = "end_cooldown" }', "deadline.review_opens.fires"),
]  # fmt: skip

POLICIES = [
    here("an overlap", P2025A, "from = { value = 2025-05-01", "from = { value = 2025-04-30", "in_force.from",
         "overlaps"),
    here("a gap", P2025A, "from = { value = 2025-05-01", "from = { value = 2025-05-02", "in_force.from", "gap"),
    here("a wrong order", P2025A, "from = { value = 2025-05-01", "from = { value = 2023-07-01", "in_force.from",
         "order"),
    here("an end of the last one", P2025B, "[in_force]", "[in_force]\nto = { value = 2030-12-31, assumed = true }",
         "in_force.to", "last"),
    here("an end before the beginning", P2025A, "to = { value = 2025-09-30", "to = { value = 2025-04-30",
         "in_force.to"),
    here("an id that stands twice", P2025B, 'id = "2025-10"', 'id = "2025-05"', "id", "2025-05"),
    here("a setting without source", P2025B, 'open = { value = true, sources = ["direct-bill-2025"] }',
         "open = { value = true }", "window.open", "assumed"),
    here("a setting with an empty list of sources", P2025B, 'true, sources = ["direct-bill-2025"]',
         "true, sources = []",
         "window.open", "assumed"),
    here("a setting that is assumed not to be assumed", P2025B, 'scope = { value = "partner", assumed = true',
         'scope = { value = "partner", assumed = false', "cooldown.scope", "assumed"),
    here("a rule without source", P2025B, '"security.mfa" = { sources = ["direct-bill-2025"] }', '"security.mfa" = {}',
         "requirements.security.mfa", "assumed"),
    here("a review's rule without source", P2025B, '"assessment.score" = { assumed = true }', '"assessment.score" = {}',
         "review.rules.assessment.score", "assumed"),
    here("a date without source", P2018, "2018-01-01, assumed = true,", "2018-01-01,", "in_force.from", "assumed"),
    here("a rule without its parameter", P2025B, "months = 12, ", "", "requirements.tenure.months", "months"),
    here("a review's rule without its parameter", P2020,
         '[review.rules]\n"revenue.floor" = { floor = 300_000,', '[review.rules]\n"revenue.floor" = {',
         "review.rules.revenue.floor", "floor"),
    here("advice without its parameter", P2025B, '[advice]\n"membership.active"',
         '[advice]\n"managed_service.count" = { assumed = true }\n"membership.active"',
         "advice.managed_service.count", "count"),
    here("no word about the window", P2025B, "[window]\nopen =", "[window]\n# open =", "window.open", "value"),
    here("no word about the kinds of plan", P2025B, "kinds =", "# kinds =", "plan.kinds", "value"),
    here("a group that nothing asks", P2025B, "[review.rules]",
         '[farewell.rules]\n"plan.paid" = { assumed = true }\n\n[review.rules]',
         "farewell"),
    here("a group with a misspelt name", P2025B, "[review.rules]", "[reviw.rules]", "reviw"),
    here("criteria without category", P2025B, '\nsell = ["technical_resources",',
         '\nloose = "alone"\nsell = ["technical_resources",', "assessment.categories"),
    here("a list of criteria for the categories", P2023,
         "{ billing = [], provisioning = [], customer_support = [], security = [] }",
         '["billing"]', "assessment.categories"),
    here("a criterion that stands twice", P2025B, '"sales_force",', '"technical_resources",',
         "assessment.categories.sell",
         "technical_resources"),
    here("a criterion that is no text", P2025B, '"sales_force",', "7,", "assessment.categories.sell"),
    here("a category without weight", P2025B, "{ sell = 1, secure = 1, support = 1 }", "{ sell = 1, secure = 1 }",
         "assessment.weights.support"),
    here("a weight without category", P2025B, "{ sell = 1,", "{ charm = 1, sell = 1,", "assessment.weights.charm"),
    here("weights that are all zero", P2025B, "{ sell = 1, secure = 1, support = 1 }",
         "{ sell = 0, secure = 0, support = 0 }", "assessment.weights"),
    here("a weight below zero", P2025B, "{ sell = 1,", "{ sell = -1,", "assessment.weights.sell"),
    here("a weight that is no number", P2025B, "{ sell = 1,", '{ sell = "a lot",', "assessment.weights.sell"),
]  # fmt: skip

PLACES = [
    here("a row without the place as printed", MARKETS, ', printed = "Andorra"', "", "country.AD.markets.printed",
         "missing"),
    here("a place that is no text", MARKETS, 'printed = "Andorra"', "printed = 7", "country.AD.markets.printed"),
    here("a place without a letter", MARKETS, 'printed = "Andorra"', 'printed = " "', "country.AD.markets.printed",
         "empty"),
    here("a row without its region", MARKETS, 'region = "europe", ', "", "country.AD.markets.region", "missing"),
    here("a row without its currency", MARKETS, 'currency = "EUR", ', "", "country.AD.currencies.currency", "missing"),
    here("a key of a row", MARKETS, 'region = "europe",', 'region = "europe", shade = 1,', "country.AD.markets.shade"),
    here("a row that is no table", MARKETS, '[{ region = "europe", printed = "Andorra" }]', '["europe"]',
         "country.AD.markets", "table"),
    here("rows that are no list", MARKETS, '[{ region = "europe", printed = "Andorra" }]', '"europe"',
         "country.AD.markets", "list"),
    here("a country that is no table", MARKETS, "[country.AD]", '[country]\nZZ = "Andorra"\n[country.AD]',
         "country.ZZ", "table"),
    here("glued that is no yes or no", MARKETS, "glued = true", 'glued = "yes"', "country.AL.currencies.glued"),
    here("a glued name of one country alone", MARKETS, 'Eustatius", glued = true', 'Eustachius", glued = true',
         "country.AL", "no other"),
    here("a currency in small letters", MARKETS, 'currency = "EUR"', 'currency = "eur"', "country.AD.currencies",
         "ISO 4217"),
    here("a currency by its name", MARKETS, 'currency = "EUR"', 'currency = "EURO"', "country.AD.currencies", "EURO"),
    here("a country by three letters", MARKETS, "[country.AD]", "[country.AND]", "country.AND", "ISO 3166-1"),
    here("a country in small letters", MARKETS, "[country.AD]", "[country.ad]", "country.ad", "ISO 3166-1"),
    here("a name that is no table", MARKETS, '{ en = "Andorra", de = "Andorra" }', '"Andorra"', "country.AD.name",
         "table"),
    here("no name", MARKETS, 'name = { en = "Andorra", de = "Andorra" }', "", "country.AD.name.en", "missing"),
    here("no English name", MARKETS, 'en = "Andorra", ', "", "country.AD.name.en", "missing"),
    here("a name that is no text", MARKETS, 'de = "Andorra"', "de = 7", "country.AD.name.de"),
    here("a name without a letter", MARKETS, 'de = "Andorra"', 'de = ""', "country.AD.name.de", "empty"),
    here("a name of two countries", MARKETS, 'en = "Afghanistan"', 'en = "ANDORRA"', "country.AF.name.en", "of AD too"),
    here("a name that is another's in another language", MARKETS, 'en = "Azerbaijan"', 'en = "Österreich"',
         "country.AZ.name.en", "of AT too"),
    here("a name that is another's code", MARKETS, 'de = "Andorra"', 'de = "Zw"', "country.AD.name.de", "of ZW too"),
    here("a printed place that is another's name", MARKETS, 'printed = "Afghanistan"', 'printed = "Andorra"',
         "country.AF.markets", "of AD too"),
    here("a table without its document", MARKETS, 'currencies = "enroll-2018"', "", "source.currencies", "missing"),
    here("a document of a table that is not there", MARKETS, 'currencies = "enroll-2018"',
         'currencies = "enroll-2018"\ntaxes = "enroll-2018"', "source.taxes"),
    here("a document that is no text", MARKETS, 'markets = "enroll-2018"', "markets = 2018", "source.markets"),
    here("a region without a name", MARKETS, 'name = "Brazil"', "", "region.brazil.name", "missing"),
    here("a contradiction that does not exist", "titles.en.toml", "no_region =", "no_regions =",
         "contradiction.no_regions", "did you mean 'no_region'?"),
    here("a placeholder of a contradiction", "titles.de.toml", "Marktgruppe: {values}", "Marktgruppe: {value}",
         "contradiction.several_regions", "{value}"),
    here("a placeholder of a contradiction with a form", "titles.it.toml", "mercati: {values}", "mercati: {values:>9}",
         "contradiction.several_regions", "plain"),
    here("a placeholder of a contradiction turned over", "titles.cs.toml", "trhů: {values}", "trhů: {values!r}",
         "contradiction.several_regions", "plain"),
    here("a part of a placeholder of a contradiction", "titles.en.toml", "group: {values}", "group: {values[0]}",
         "contradiction.several_regions", "plain"),
    here("a brace of a contradiction", "titles.en.toml", "group: {values}", "group: {values",
         "contradiction.several_regions", "written twice"),
    here("a title that is no text", "titles.cs.toml", 'closed = "', 'shut = 7\nclosed = "', "state.shut", "text"),
    here("titles that are no table", "titles.it.toml", "[state]", "mood = 7\n[state]", "mood", "table"),
]  # fmt: skip

SYNTAX = [
    here("a file that is not TOML", LIFE, 'title = "Direct bill"', "title = Direct bill", "", "line 10"),
    here("a policy that is not TOML", P2025B, "[window]", "[window", "", "line"),
    here("a trigger that stands twice", LIFE, "[trigger.request_information]", "[trigger.apply]", "", "line"),
    here("a move that stands twice", LIFE, '{ indirect_tenure = "application" }',
         '{ indirect_tenure = "application", indirect_tenure = "=" }', "", "line"),
    here("a state that stands twice", LIFE, "[state.closed]", "[state.active]", "", "line"),
    here("wording that is not TOML", "rules.it.toml", "statement =", "statement", "", "line"),
    here("titles that are not TOML", "titles.de.toml", "[state]", "[state", "", "line"),
]  # fmt: skip


def check(folder: Path, spoiled: Spoiled) -> None:
    replaced(folder, spoiled.edited, spoiled.old, spoiled.new)
    refusal = refusal_of(folder)
    assert refusal is not None, "the folder was loaded"
    assert (refusal.file, refusal.key) == (spoiled.file, spoiled.key)
    assert spoiled.words in refusal.message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped definitions."""
    return copied(tmp_path)


def name_of(spoiled: Spoiled) -> str:
    """How a case is called."""
    return spoiled.name


def test_an_untouched_copy_is_not_refused(folder: Path) -> None:
    assert refusal_of(folder) is None


@pytest.mark.parametrize("spoiled", UNKNOWN_NAMES, ids=name_of)
def test_an_unknown_name_is_refused(folder: Path, spoiled: Spoiled) -> None:
    check(folder, spoiled)


@pytest.mark.parametrize("spoiled", TOO_LONG, ids=name_of)
def test_a_name_that_no_column_holds_is_refused(folder: Path, spoiled: Spoiled) -> None:
    check(folder, spoiled)


@pytest.mark.parametrize("spoiled", UNKNOWN_KEYS, ids=name_of)
def test_an_unknown_key_is_refused(folder: Path, spoiled: Spoiled) -> None:
    check(folder, spoiled)


@pytest.mark.parametrize("spoiled", WRONG_TYPES, ids=name_of)
def test_a_value_of_another_form_is_refused(folder: Path, spoiled: Spoiled) -> None:
    check(folder, spoiled)


@pytest.mark.parametrize("spoiled", GRAPH, ids=name_of)
def test_a_lifecycle_that_does_not_hang_together_is_refused(folder: Path, spoiled: Spoiled) -> None:
    check(folder, spoiled)


@pytest.mark.parametrize("spoiled", POLICIES, ids=name_of)
def test_a_policy_that_does_not_fit_is_refused(folder: Path, spoiled: Spoiled) -> None:
    check(folder, spoiled)


@pytest.mark.parametrize("spoiled", PLACES, ids=name_of)
def test_places_that_are_not_of_their_form_are_refused(folder: Path, spoiled: Spoiled) -> None:
    check(folder, spoiled)


@pytest.mark.parametrize("spoiled", SYNTAX, ids=name_of)
def test_what_the_parser_refuses_is_said_with_file_and_line(folder: Path, spoiled: Spoiled) -> None:
    check(folder, spoiled)


def test_a_state_without_a_way_to_a_final_state_is_refused(folder: Path) -> None:
    replaced(folder, RESELLER, 'moves = { transacting = "="', 'moves = { transacting = "limbo"')
    appended(folder, RESELLER, '[state.limbo]\n\n[trigger.wait]\nmoves = { limbo = "=" }\nroles = ["reviewer"]')
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == (RESELLER, "state.limbo")
    assert "final" in refusal.message


def test_a_new_policy_is_one_new_file(folder: Path) -> None:
    newest = (folder / P2025B).read_text(encoding="utf-8")
    newer = newest.replace('id = "2025-10"', 'id = "2027-01"').replace("value = 2025-10-01", "value = 2027-01-01")
    (folder / "direct_bill" / "policies" / "07_2027-01.toml").write_text(newer, encoding="utf-8")
    policies = load(folder, SHIPPED).policies
    assert policies.on(date(2026, 12, 31)).id == "2025-10"
    assert policies.on(date(2027, 1, 1)).id == "2027-01"


# ------------------------------------------------------------------------------------- what nothing uses


@pytest.mark.parametrize(
    ("file", "lines", "key"),
    [
        ("programme.toml", '[role.janitor]\nside = "operator"', "role.janitor"),
        ("facts.toml", '[hobby]\nfields = { name = "text!" }', "hobby"),
        ("sources.toml", '[diary]\ntitle = "A diary"\ndate = "2024"', "diary"),
        ("rules.en.toml", '["plan.pretty"]\nstatement = "It is."\nfix = "Mend it."', "plan.pretty"),
        ("rules.de.toml", '["plan.pretty"]\nstatement = "Ist es."\nfix = "Tun."', "plan.pretty"),
        ("rules.cs.toml", '["order.dance"]\nstatement = "Ano."\nfix = "Ne."', "order.dance"),
    ],
)
def test_what_nothing_uses_is_refused(folder: Path, file: str, lines: str, key: str) -> None:
    appended(folder, file, lines)
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == (file, key)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_notice_that_nothing_sends_is_refused(folder: Path, language: str) -> None:
    (folder / "notices" / f"birthday.{language}.txt").write_text("Subject: Hello\n\nHello.\n", encoding="utf-8")
    refusal = refusal_of(folder)
    assert refusal is not None
    assert refusal.file.startswith("notices")
    assert "birthday" in f"{refusal.file} {refusal.key}"


def test_a_notice_without_its_english_text_is_refused(folder: Path) -> None:
    (folder / "notices" / "activated.en.txt").unlink()
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == (LIFE, "trigger.accept_mpa.notices")


def test_a_rule_of_one_s_own_that_nothing_uses_is_refused(folder: Path) -> None:
    @rule("plan.pretty")
    def pretty(_question: Question, _terms: Terms) -> Verdict:
        return Verdict(met=True)

    refusal = refusal_of(folder, [pretty])
    assert refusal is not None
    assert (refusal.file, refusal.key) == ("rules", "plan.pretty")


def test_a_shipped_rule_that_a_folder_does_not_use_is_no_fault(folder: Path) -> None:
    replaced(folder, P2020, '"plan.paid" = { sources = ["softwareone-2020"] }', "")
    for language in ("en", "de", "it", "cs"):
        without_table(folder, f"rules.{language}.toml", '["plan.paid"]')
    assert refusal_of(folder) is None


# ------------------------------------------------------------------------------------ what is not there


@pytest.mark.parametrize("name", ["plan.paid", "order.apply", "actor.role", "entitlement"])
@pytest.mark.parametrize("language", ["en", "de", "it", "cs"])
def test_a_rule_without_wording_is_refused_in_every_language_that_the_folder_speaks(
    folder: Path, language: str, name: str
) -> None:
    file = f"rules.{language}.toml"
    without_table(folder, file, f'["{name}"]')
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == (file, name)


@pytest.mark.parametrize("fact", ["managed_service", "reseller_tenure", "csp_onboarding", "account_setup", "revenue"])
def test_a_fact_that_something_reads_and_the_folder_does_not_define_is_refused(folder: Path, fact: str) -> None:
    without_table(folder, "facts.toml", f"[{fact}]")
    refusal = refusal_of(folder)
    assert refusal is not None
    assert refusal.file == "facts.toml"
    assert f"'{fact}'" in refusal.message


@pytest.mark.parametrize("file", ["programme.toml", "facts.toml", "sources.toml", "markets.toml", "rules.en.toml"])
def test_a_file_that_is_missing_is_refused(folder: Path, file: str) -> None:
    (folder / file).unlink()
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == (file, "")
    assert "missing" in refusal.message


def test_other_languages_than_english_may_be_missing(folder: Path) -> None:
    for stem in ("rules", "titles"):
        (folder / f"{stem}.it.toml").unlink()
    for path in (folder / "notices").glob("*.it.txt"):
        path.unlink()
    assert refusal_of(folder) is None


def test_a_folder_of_policies_that_is_empty_is_refused(folder: Path) -> None:
    for path in (folder / "direct_bill" / "policies").iterdir():
        path.unlink()
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == ("direct_bill/policies", "")


def test_a_folder_of_policies_that_does_not_exist_is_refused(folder: Path) -> None:
    replaced(folder, LIFE, 'policies = "policies"', 'policies = "rulebook"')
    refusal = refusal_of(folder)
    assert refusal is not None
    assert refusal.file == "direct_bill/rulebook"


def test_policies_of_two_lifecycles_are_refused(folder: Path) -> None:
    replaced(folder, RESELLER, 'title = "Indirect reseller"', 'title = "Indirect reseller"\npolicies = "policies"')
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == (RESELLER, "policies")


def test_policy_files_that_are_out_of_order_are_refused(folder: Path) -> None:
    (folder / P2020).rename(folder / "direct_bill" / "policies" / "05a.toml")
    refusal = refusal_of(folder)
    assert refusal is not None
    assert refusal.file.startswith("direct_bill/policies/")
    assert refusal.key == "in_force.from"


def test_a_folder_without_a_lifecycle_is_refused(folder: Path) -> None:
    for file in (LIFE, RESELLER):
        (folder / file).unlink()
    refusal = refusal_of(folder)
    assert refusal is not None
    assert refusal.file == str(folder)
    assert "lifecycle.toml" in refusal.message


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    refusal = refusal_of(tmp_path / "nowhere")
    assert refusal is not None
    assert (refusal.file, refusal.key) == (str(tmp_path / "nowhere"), "")


def test_a_file_in_place_of_a_folder_is_refused(folder: Path) -> None:
    refusal = refusal_of(folder / "programme.toml")
    assert refusal is not None
    assert refusal.file == str(folder / "programme.toml")


def not_utf8(path: Path) -> None:
    """Put a byte into a file that UTF-8 does not know."""
    path.write_bytes(path.read_bytes() + b"\n# caf\xe9\n")


def a_folder(path: Path) -> None:
    """Put a folder where a file should be."""
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [not_utf8, a_folder])
@pytest.mark.parametrize("file", ["programme.toml", LIFE, P2025B, "rules.de.toml", "titles.it.toml"])
def test_a_file_that_cannot_be_read_is_refused(folder: Path, file: str, spoil: Callable[[Path], None]) -> None:
    spoil(folder / file)
    refusal = refusal_of(folder)
    assert refusal is not None
    assert (refusal.file, refusal.key) == (file, "")


def test_a_refusal_is_an_error_of_ours_with_code_and_exit_code(folder: Path) -> None:
    (folder / "facts.toml").unlink()
    with pytest.raises(DefinitionError) as refused:
        load(folder, SHIPPED)
    assert (refused.value.code, refused.value.exit_code) == ("bad_definition", 2)
    assert refused.value.to_dict() == {
        "code": "bad_definition",
        "message": "facts.toml: the file is missing.",
        "file": "facts.toml",
        "key": "",
    }
