import BatonModel
import Testing

/// Transactions (LANGUAGE.md, sections 2 and 4) and `undo`, sentence by sentence.
@Suite struct LanguageTransactions {
  private static func undoable(_ name: String, _ run: String = "true") -> String {
    "step \"\(name)\" { run = \"echo \(name) >> side; \(run)\", undo = \"echo undo \(name) >> side\" }"
  }

  static let rows: [LanguageRow] = [
    LanguageRow(
      row: "a group that is undone, newest first, when one of its members fails",
      script: """
        transaction "order" { \(undoable("reserve")), \(undoable("pay")), \(undoable("ship", "exit 3")), \(undoable("tell")) }
        step "after" { depends = "order", run = "echo after >> side" }
        """, code: 1,
      ends: [
        "reserve": "undone", "pay": "undone", "ship": "failed", "tell": "skipped", "after": "skipped",
        "order/undo-pay": "succeeded", "order/undo-reserve": "succeeded",
      ], files: ["side": ["reserve", "pay", "ship", "undo pay", "undo reserve"]],
      says: ["ship failed: what its members did is undone", "order  ship failed; undone"]),
    LanguageRow(
      row: "nothing is undone when all members succeed",
      script: "transaction \"order\" { \(undoable("reserve")), \(undoable("pay")) }",
      ends: ["reserve": "succeeded", "pay": "succeeded"], files: ["side": ["reserve", "pay"]]),
    LanguageRow(
      row: "an inner plain list runs side by side, and the first failure ends the others",
      script: """
        transaction "order" {
          \(undoable("reserve")),
          { step "bad" "sleep 0.2; exit 1", step "long" "exec sleep 1000" },
        }
        """, arguments: ["-j", "3"], code: 1, ends: ["reserve": "undone", "long": "cancelled"],
      files: ["side": ["reserve", "undo reserve"]]),
    LanguageRow(
      row: "members of members are undone too: groups, matrices, transactions that had succeeded",
      script: """
        transaction "outer" {
          transaction "inner" { \(undoable("a")), \(undoable("b")) },
          matrix "m" { axes = { x = { 1, 2 } }, max = 1, step = function(c)
            return { run = "echo m" .. c.x .. " >> side", undo = "echo undo m" .. c.x .. " >> side" }
          end },
          step "bad" "exit 1",
        }
        """, code: 1, ends: ["a": "undone", "b": "undone", "m[x=1]": "undone", "m[x=2]": "undone"],
      files: ["side": ["a", "b", "m1", "m2", "undo m2", "undo m1", "undo b", "undo a"]]),
    LanguageRow(
      row: "`undo`: how to compensate the step: a command, a list or a function",
      script: """
        transaction "t" {
          step "one" { run = 'echo id=7 >> "$BATON_OUTPUT"', undo = function(deps)
            return "echo undo " .. deps.one.out.id .. " >> side"
          end },
          step "two" { run = "true", env = { K = "v" }, undo = { "sh", "-c", "echo undo $K >> side" } },
          step "bad" "exit 1",
        }
        """, code: 1, files: ["side": ["undo v", "undo 7"]]),
    LanguageRow(
      row: "undo is retried",
      script: """
        transaction "t" {
          step "one" { run = "true", undo = 'echo try >> side; test "$(grep -c try side)" -ge 2' },
          step "bad" "exit 1",
        }
        """, code: 1, ends: ["one": "undone"], attempts: ["t/undo-one": 2], files: ["side": ["try", "try"]]),
    LanguageRow(
      row: "a halt within it undoes what was done",
      script: """
        transaction "t" {
          \(undoable("one")),
          gate "no" { check = function() return false, "not today" end },
          \(undoable("two")),
        }
        """, code: 3, ends: ["one": "undone", "two": "skipped"], files: ["side": ["one", "undo one"]],
      says: ["not today"]),
  ]

  @Test("Transactions", arguments: rows)
  func transaction(row: LanguageRow) throws { try row.check() }

  @Test("A member whose undoing fails leaves a clear state and the command to go on")
  func failingUndo() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      transaction "t" {
        step "one" { run = "echo one >> side", undo = "echo undo one >> side; test -e mended" },
        step "two" { run = "echo two >> side", undo = "echo undo two >> side" },
        step "bad" "echo bad >> side; test -e mended",
      }
      """
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1)
    #expect(
      finished.errors.contains(
        "bad failed; what its members did is not undone, because t/undo-one failed: baton resume tries that again, "
          + "baton resume --skip t/undo-one leaves it"), "\(finished.account)")
    #expect(sandbox.lines("side") == ["one", "two", "bad", "undo two", "undo one", "undo one", "undo one"])
    var state = try sandbox.show()
    #expect(state.steps["two"]?.status == "undone")
    #expect(state.steps["one"]?.status == "succeeded")
    try sandbox.write("side", "")
    try sandbox.write("mended", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    // What is left is undone first; then all begins anew.
    #expect(sandbox.lines("side") == ["undo one", "one", "two", "bad"])
    state = try sandbox.show()
    #expect(state.status == "succeeded")
  }

  @Test("A member whose undoing is skipped by hand is left as it is, and the transaction begins anew")
  func skippedUndo() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      transaction "t" {
        step "one" { run = "echo one >> side", undo = "exit 9" },
        step "bad" "test -e mended",
      }
      """
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    try sandbox.write("mended", "")
    let resumed = try sandbox.baton("resume", "--skip", "t/undo-one")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["one", "one"])
  }

  @Test("Undone is visible in show, graph, events and runs")
  func visible() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      transaction "t" { step "one" { run = "true", undo = "true" }, step "bad" "exit 1" }
      step "body" { function(ctx) ctx:step "deed" { run = "true", undo = "true" } ctx:fail "no" end }
      """
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    let shown = try sandbox.baton("show").output
    for step in ["one", "body/deed"] {
      #expect(shown.contains { $0 == "↶" }, "\(shown)")
      #expect(try sandbox.show().steps[step]?.status == "undone", "\(step)")
    }
    #expect(try sandbox.baton("runs").output.contains("2 undone"))
    let events = try sandbox.baton("events", "--json").output
    #expect(events.contains(#""kind":"step.undone""#))
    #expect(events.contains(#""kind":"step.undoing""#))
    #expect(try sandbox.baton("graph").output.contains("↶"))
  }

  @Test("Cancelled, a transaction undoes what its members did")
  func cancelled() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      transaction "t" {
        step "one" { run = "echo one >> side", undo = "echo undo one >> side" },
        step "long" "echo long >> side; exec sleep 1000",
      }
      """
    ])
    let run = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the long step") { sandbox.lines("side").contains("long") }
    #expect(try sandbox.baton("cancel").code == 0)
    #expect(try run.wait().code == 4)
    #expect(sandbox.lines("side") == ["one", "long", "undo one"])
    #expect(try sandbox.show().steps["one"]?.status == "undone")
  }
}
