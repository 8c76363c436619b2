---@meta baton.runner
-- What modules of test runners have in common: the tests that a step is handed, what becomes of `retry`, and how the
-- tests of a suite are listed.

local runner = {}

---For the shell: the arguments grow by the tests in `$BATON_TESTS`, each a word.
---@type string
runner.named = ""

---For the shell: so many words as the first argument says are a command; what stands behind them, the tests that
---failed, goes into a file, a line each; without them, those in `$BATON_TESTS`. Its name is in `$tests`.
---@type string
runner.listed = ""

---For the shell, of every line: every letter that means something in a regular expression as itself.
---@type string
runner.literals = ""

---The rules of the options that every runner has, and more of its own.
---@param more? table<string, baton.options.Rule>
---@return table<string, baton.options.Rule>
function runner.rules(more) end

---A command that lists the tests of a suite, and emits them as `tests`.
---@param words any What lists them.
---@param filter string For the shell: makes the names of tests out of its output, a line each.
---@param settings? { codes?: integer[], check?: string } Exit codes beside 0; what is checked before.
---@return string[]
function runner.listing(words, filter, settings) end

---The `retry` of a step whose failed tests can be run alone.
---@param retry any What the script says.
---@param run baton.Command What is run then.
---@param choose fun(cases: baton.FailedCase[]): string[]?, string? The words that select the cases.
---@return any
function runner.retry(retry, run, choose) end

---The text as a regular expression that matches it and nothing else.
---@param text string
---@return string
function runner.literal(text) end

---The name of a case with its parameters, as its runner wrote it.
---@param case baton.FailedCase
---@return string
function runner.name(case) end

---Whether some words, of those that are known already, have one that begins so.
---@param words any
---@param beginning string
---@return boolean
function runner.says(words, beginning) end

---Words without some of them.
---@param words any
---@param ... string
---@return any[]
function runner.without(words, ...) end

---Refuses words that make a runner stop early without anyone's knowing that it did.
---@param who string As messages name the module.
---@param args any The words.
---@param words table<string, string> Beginning → what is to be said in its place.
function runner.refuse(who, args, words) end

---For the shell: of the arguments, the first `$count` stay.
---@type string
runner.first = ""

---The word that has a runner stop at its first failure, where `max_failures` is 1: another limit it does not know.
---@param step table
---@param word string
function runner.stop_at_first(step, word) end

---The environment of a step: what the script says wins.
---@param own? table<string, baton.Text>
---@param more table<string, baton.Text>
---@return table<string, baton.Text>
function runner.env(own, more) end

---A module that is called for a step that runs tests, and has functions beside that.
---@param suite fun(options: any): baton.Step
---@param functions table<string, function>
---@return table
function runner.module(suite, functions) end

return runner
