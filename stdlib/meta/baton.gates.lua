---@meta
-- What a run must pass, and who is told of it.

---@class baton.Approval
---@field by? string|string[] Roles (`"roles"` in `baton.json`) or people; default: anyone.
---@field quorum? integer How many different people must agree; default 1.
---@field timeout? baton.Duration Then the gate is refused.
---@field form? table<string, baton.Param> What they fill in: the gate's `out`.

---What a metric must be: `">= 0.98"`, `"<= 5%"`, `"== 0"`, or relative to the last runs of the branch that succeeded:
---`"<= baseline * 1.10"`. Runs whose gate refused and was overridden or skipped by hand are no baseline, but five in a
---row are a new level: nothing before them counts then. A number means `==`; a table has the metrics of this prefix.
---@alias baton.Comparison string|number|table

---What is required of what the steps before a gate measured, metric by metric. Also `["coverage.changed"]`, of the
---lines that changed since a branch; `["findings.critical"]`, `high`, `medium`, `low`, `note`; and any metric that a
---step reports, under its name or as `["metric.p95_ms"]`. What nobody measured is missing, and the gate refuses. Where
---some tests may fail, let the steps that run them fail: `allow_failure = true`.
---@class baton.Requirements
---@field tests? baton.Comparison How many there were.
---@field passed? baton.Comparison
---@field failed? baton.Comparison Without those in quarantine.
---@field skipped? baton.Comparison
---@field flaky? baton.Comparison How many passed only after they had failed.
---@field pass_rate? baton.Comparison Passed of those that were executed, 0 to 1.
---@field flaky_rate? baton.Comparison Flaky of those that were executed, 0 to 1.
---@field new_failures? baton.Comparison Tests that fail now and did not in the last run of the branch.
---@field coverage? baton.Comparison Lines executed, 0 to 1.
---@field findings? baton.Comparison Or `{ critical = 0 }`.
---@field duration? baton.Comparison Seconds from the first start to the last end.
---@field risk? baton.Comparison 0 to 1, of failures, lines without coverage and findings; a refusal tells its parts.

---@class baton.Gate
---@field depends? baton.Dependency What is judged.
---@field require? baton.Requirements|table<string, baton.Comparison> Such as `{ pass_rate = ">= 0.98" }`.
---@field check? fun(results: baton.Results): boolean, string? A yes or no, and a reason.
---@field approval? baton.Approval People who must agree.
---@field otherwise? "halt"|"branch"|"warn"|"ask" What a refusal does; default `"halt"`.
---@field when? baton.When Default `"succeeded"`.
---@field description? string Shown to people.

---@alias baton.Moment "started"|"succeeded"|"failed"|"halted"|"waiting"|"recovered"|"retrying"|"finished"

---@class baton.Channel

---@class baton.Notify
---@field on baton.Moment|baton.Moment[]|fun(event: baton.Event): boolean When it is sent.
---@field to baton.Channel|baton.Channel[] Where it is sent.
---@field title? baton.Text|fun(event: baton.Event): string The subject of a mail, the heading of a card.
---@field message? baton.Text|fun(event: baton.Event): string Plain text; standard: what failed, why, and what to do.
---@field digest? baton.Duration What happens within so long of the first event becomes one message.
---@field rate? string At most so many messages in so long, such as `"5/1h"`; what is over becomes one message.
---@field scope? "run"|"project" Over what both are reckoned; `"project"`: over all runs of the workflow.

---What a notification tells of. Of a digest (`kind = "digest"`), `events` are the last 100 of `count`. A step whose
---tests failed is told once for each cause that they have in common, with how many `tests` failed of it; before that
---once for itself, where it did not merely exit.
---@class baton.Event
---@field kind string `run.failed`, `step.retrying`, `digest`, …
---@field run string
---@field workflow string
---@field time string RFC 3339.
---@field status? string
---@field step? string
---@field attempt? integer
---@field reason? string
---@field failed? integer How many steps failed.
---@field failures? { step: string, reason?: string, attempt?: integer, cause: string, tests?: integer }[] At most 50.
---@field causes? string[] Keys of what failed, the same in every run.
---@field recovered? string[] Keys of what had failed before and is well again.
---@field command? string What carries the run on, or shows more of it.
---@field duration? number Seconds.
---@field count? integer
---@field events? baton.Event[]
---@field kinds? table<string, integer>

---A condition that the run must pass.
---```lua
---local test = step "test" { run = [[echo '{"metric":"p95_ms","value":12.5}' >> "$BATON_EVENTS"]] }
---local quick = gate "quick" { depends = test, require = { p95_ms = "<= 20" }, otherwise = "halt" }
---step "ship" { run = "deploy", depends = quick }
---```
---@param name string
---@return fun(fields: baton.Gate): baton.Handle
function gate(name) end

---A message sent at given moments; it can never fail the run.
---```lua
---step "test" "make test"
---notify "team" {
---  on = { "failed", "recovered" },
---  to = command { run = "cat >> told.txt" },
---  message = function(event) return event.workflow .. " " .. event.kind end,
---}
---```
---@param name string
---@return fun(fields: baton.Notify)
function notify(name) end
