import BatonModel

extension Rule {
  static let script: [Rule] = [
    Rule(
      "B001", .script, "the text is no Lua", .error,
      explanation: """
        The file cannot be compiled. The message is that of Lua's compiler; the line is where it gave up,
        which may be some lines below the mistake: look for a bracket, a quote or an "end" that is missing.
        """,
      bad: """
        step "build" { run = "make" depends = "fetch" }
        """,
      good: """
        step "fetch" { run = "git pull" }
        step "build" { run = "make", depends = "fetch" }
        """),
    Rule(
      "B002", .script, "the script ends with an error", .error,
      explanation: """
        The file was run to see what it declares, as every command does, and ended with an error before its
        last line. What stands behind that line was not looked at.
        """,
      bad: """
        local versions
        step "build" { run = "make " .. versions[1] }
        """,
      good: """
        local versions = { "1.4", "1.5" }
        step "build" { run = "make " .. versions[1] }
        """),
    Rule(
      "B006", .script, "a declaration is not finished", .error,
      explanation: """
        A step needs something to do: run, or a function. A declaration that has a name and no table of
        fields behind it declares nothing.
        """,
      bad: """
        step "build" { timeout = "5m" }
        """,
      good: """
        step "build" { run = "make", timeout = "5m" }
        """),
    Rule(
      "B007", .script, "a name is declared twice", .error,
      explanation: """
        Steps, groups and gates share one set of names within a file, and within a cell of a matrix: a
        resumed run knows each by its name.
        """,
      bad: """
        step "test" { run = "make unit" }
        step "test" { run = "make e2e" }
        """,
      good: """
        step "unit" { run = "make unit" }
        step "e2e" { run = "make e2e" }
        """),
    Rule(
      "B008", .script, "a name cannot be one", .error,
      explanation: """
        A name has 1 to 100 of A-Z a-z 0-9 _ . -. The signs / [ ] , = belong to the names that Baton makes:
        of a body's children and of a matrix's cells.
        """,
      bad: """
        step "build all" { run = "make" }
        """,
      good: """
        step "build-all" { run = "make" }
        """),
    Rule(
      "B010", .script, "steps wait for each other", .error,
      explanation: """
        A cycle: each of the steps named waits for the next, the last for the first, so that none can ever
        start. A ref makes its step wait, too; so does being behind another member of a sequence.
        """,
      bad: """
        step "a" { run = "make a", depends = "b" }
        step "b" { run = "make b", depends = "a" }
        """,
      good: """
        step "a" { run = "make a" }
        step "b" { run = "make b", depends = "a" }
        """),
    Rule(
      "B011", .script, "a ref is compared, or used as a condition", .error,
      explanation: """
        A ref such as build.out.version stands for a value that is known when its step has succeeded. When
        the script is read it is neither equal to anything nor false, so that the answer would always be
        the same. Decide when the value is known: in a function, or in the command.
        """,
      bad: """
        local build = step "build" { run = [[echo "kind=full" >> "$BATON_OUTPUT"]] }
        if build.out.kind == "full" then
          step "test" { run = "make test" }
        end
        """,
      good: """
        local build = step "build" { run = [[echo "kind=full" >> "$BATON_OUTPUT"]] }
        step "test" {
          run = "make test",
          depends = build,
          when = function(deps) return deps.build.out.kind == "full" end,
        }
        """),
    Rule(
      "B015", .script, "the script declares no steps",
      explanation: """
        Nothing would run. A file that is a module returns its functions: then nothing is expected of it.
        """,
      bad: """
        workflow "release" { description = "Ships" }
        """,
      good: """
        workflow "release" { description = "Ships" }
        step "ship" { run = "make ship" }
        """),
    Rule(
      "B016", .script, "a pattern of files is malformed", .error,
      explanation: """
        In inputs, outputs and artifacts stand paths relative to the step's folder: * and ? stand for letters
        of one name, ** for folders, [a-z] for one of a set, {a,b} for one of several, ! in front leaves out.
        """,
      bad: """
        step "build" { run = "make", inputs = "src/[a-", outputs = "app" }
        """,
      good: """
        step "build" { run = "make", inputs = "src/[a-z]*", outputs = "app" }
        """),
    Rule(
      "B017", .script, "a channel of notifications is not set up right", .error,
      explanation: """
        A message could never leave: a setting is missing, unknown, or of the wrong kind. Nothing is sent to
        find that out.
        """,
      bad: """
        step "build" { run = "make" }
        notify "team" { on = "failed", to = webhook { address = "https://chat.example/hooks" } }
        """,
      good: """
        step "build" { run = "make" }
        notify "team" { on = "failed", to = webhook { url = "https://chat.example/hooks" } }
        """),
    Rule(
      "B018", .script, "a quarantine is over",
      explanation: """
        From the day behind expires on, steps that run the test fail. Mend the test and remove the entry, or
        renew it with a reason.
        """,
      bad: """
        quarantine { test = "cart.*", owner = "ada", reason = "flaky", expires = "2020-01-01" }
        step "test" { run = "make test" }
        """,
      good: """
        quarantine { test = "cart.*", owner = "ada", reason = "flaky", expires = "2099-12-31" }
        step "test" { run = "make test" }
        """),
  ]

  static let scriptNames: [Rule] = [
    Rule(
      "B003", .script, "a name that nothing defines",
      explanation: """
        Neither the language nor the script nor its modules define the name. At the top of a script it is
        an error; within a function it would be one only when the function is called, which may be in the
        middle of a run.
        """,
      bad: """
        step "build" {
          run = "make",
          when = function() return moon == "full" end,
        }
        """,
      good: """
        local moon = env.MOON
        step "build" {
          run = "make",
          when = function() return moon == "full" end,
        }
        """),
    Rule(
      "B004", .script, "an unknown field", .error, fixable: true,
      explanation: """
        The declaration has no such field; the nearest known one is proposed. Names that other tools use for
        the same thing (needs, command, working_directory, retries, …) are put right by --fix.
        """,
      bad: """
        step "fetch" { run = "git pull" }
        step "build" { run = "make", needs = "fetch", timout = "5m" }
        """,
      good: """
        step "fetch" { run = "git pull" }
        step "build" { run = "make", depends = "fetch", timeout = "5m" }
        """),
    Rule(
      "B005", .script, "a field cannot have this value", .error,
      explanation: """
        The value is of the wrong kind, or out of range; the message says what is expected. Durations are
        "90s", "1h30m" or a number of seconds, sizes "512M" or "4G".
        """,
      bad: """
        step "build" { run = "make", timeout = "five minutes" }
        """,
      good: """
        step "build" { run = "make", timeout = "5m" }
        """),
    Rule(
      "B009", .script, "a step, gate or group that is not there", .error,
      explanation: """
        depends, a ref or a message names something that no line declares. Names are looked up in the cell
        of a matrix first, then in the file around it.
        """,
      bad: """
        step "build" { run = "make" }
        step "test" { run = "make test", depends = "biuld" }
        """,
      good: """
        step "build" { run = "make" }
        step "test" { run = "make test", depends = "build" }
        """),
    Rule(
      "B019", .script, "a function that scripts do not have",
      explanation: """
        A script has Lua's string, table, math, utf8 and coroutine, and of os only clock, date, difftime,
        getenv and time: a run that is resumed must see what it saw before, so that the world is reached by
        steps alone. The name is found when the line is reached, which may be in the middle of a run.
        """,
      bad: """
        step "build" {
          run = "make",
          when = function() return os.execute("test -e Makefile") end,
        }
        """,
      good: """
        local there = step "there" { run = "test -e Makefile", allow_failure = true }
        step "build" {
          run = "make",
          depends = there,
          when = function(deps) return deps.there.status == "succeeded" end,
        }
        """),
    Rule(
      "B029", .script, "a name that Lua 5.4 does not have any more", fixable: true,
      explanation: """
        Functions of older versions of Lua: unpack is table.unpack, loadstring is load, table.getn(t) is #t,
        math.pow(a, b) is a ^ b. --fix writes the new name where only the name differs.
        """,
      bad: """
        step "a" { run = "make", when = function() return unpack({ true }) end }
        """,
      good: """
        step "a" { run = "make", when = function() return table.unpack({ true }) end }
        """),
  ]
}
