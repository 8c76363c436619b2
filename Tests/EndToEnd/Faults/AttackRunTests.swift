import BatonModel
import Testing

/// A module that means ill, under the program itself: it ends with a message, in time, and with memory to spare.
@Suite struct AttackRuns {
  static let attacks: [(what: String, code: String, says: String)] = [
    ("steps without an end", "for i = 1, math.huge do step('s' .. i) { run = 'true' } end", "more than 10s"),
    ("variables without an end", "for i = 1, math.huge do local _ = env['X' .. i] end", "more than 10s"),
    ("tables without an end", "local t = {} for i = 1, math.huge do t[i] = { i } end", "512 MB of memory"),
    ("a message without an end", "error(('x'):rep(400000000))", "error"),
    (
      "a value that unfolds without an end",
      "local t = { 1 } for i = 1, 60 do t = { t, t } end step 'deep' { run = t }", "too large"
    ),
    (
      "the compiler without an end",
      """
      local names, text = {}, {}
      for i = 1, 190 do names[i] = "a" .. i end
      for depth = 1, 100 do text[depth] = "local " .. table.concat(names, ",") .. " function f() " end
      load(table.concat(text) .. ("x=1 "):rep(4000000) .. ("end "):rep(100))
      """, "more than 10s"
    ),
  ]

  @Test("An attack ends in time, and takes no more memory than it may", arguments: attacks.indices)
  func bounded(_ index: Int) throws {
    let attack = Self.attacks[index]
    let sandbox = try Sandbox(["w.lua": "require 'evil'\nstep 's' 'true'", "modules/evil.lua": attack.code])
    let finished = try sandbox.start(["check", "w.lua"]).wait(atMost: 180)
    #expect(finished.code == 2, "\(attack.what): \(finished.account.prefix(2000))")
    #expect(finished.all.contains(attack.says), "\(attack.what): \(finished.account.prefix(2000))")
    #expect(finished.all.utf8.count < 100_000, "\(attack.what)")
    #expect(finished.peakMegabytes < 2500, "\(attack.what): \(finished.peakMegabytes) MB")
  }

  @Test("A body that yields by itself, or takes another body's ctx, fails alone")
  func bodies() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local kept
      step "first" { function(ctx) kept = ctx return {} end }
      step "thief" { depends = "first", function() kept:step "x" { run = "touch stolen" } end }
      step "forger" { function() coroutine.yield("forged") return { a = 1 } end }
      step "closer" { function() coroutine.close(coroutine.running()) end }
      step "honest" { function(ctx) return { said = ctx:sh("echo fine").text } end }
      """
    ])
    let finished = try sandbox.start(["run", "w.lua"]).wait(atMost: 60)
    #expect(finished.code == 1, "\(finished.account)")
    let state = try sandbox.show()
    #expect(state.steps["honest"]?.status == "succeeded", "\(finished.account)")
    for step in ["thief", "forger", "closer"] { #expect(state.steps[step]?.status == "failed", "\(step)") }
    #expect(sandbox.read("stolen") == nil)
  }
}
