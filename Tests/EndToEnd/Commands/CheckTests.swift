import BatonModel
import Testing

/// `baton check`: findings with codes, what it mends, what it leaves out.
@Suite struct CheckTests {
  private static let sloppy = """
    workflow "w" { params = { name = param.string { default = "x" } } }
    step "a" { run = [[make && echo "v=1" >> $BATON_OUTPUT]], needs = "b" }
    step "b" { run = "greet " .. params.name }
    step "c" { depends = "b", function(ctx) return { at = os.time() } end }

    """

  private static let loading = sloppy.replacing("needs", with: "depends")

  @Test("Each finding has its place, its code and its cure; warnings fail only with --strict")
  func findings() throws {
    let sandbox = try Sandbox(["w.lua": Self.loading])
    let check = try sandbox.baton("check", "--no-luacheck", "w.lua")
    #expect(check.code == 0, "\(check.account)")
    for line in [
      "w.lua:2:42: warning: $BATON_OUTPUT stands unquoted in a redirection [B014]",
      "w.lua:3:30: warning: params.name is a parameter that may be any text, and stands unquoted in a command",
      "w.lua:4:55: warning: os.time in a durable body goes to ctx without saying so [B032]",
      "1 file checked: 0 errors, 3 warnings; baton check --fix mends 2 of them",
    ] { #expect(check.errors.contains(line), "\(line)\n\(check.account)") }
    #expect(try sandbox.baton("check", "--strict", "--no-luacheck", "w.lua").code == 2)
    let list = try JSON.decode(try sandbox.baton("check", "--json", "--no-luacheck", "w.lua").output).list ?? []
    #expect(list.map { $0["code"]?.string } == ["B014", "B012", "B032"])
    #expect(list.map { $0["fixable"]?.bool } == [true, false, true])
  }

  @Test("--fix writes what is certain, shows it, and has nothing to do the second time")
  func fixes() throws {
    let sandbox = try Sandbox(["w.lua": Self.sloppy])
    try sandbox.command("chmod", "600", "w.lua")
    let shown = try sandbox.baton("check", "--fix", "--dry-run", "--no-luacheck", "w.lua")
    #expect(shown.output.contains("+++ w.lua\n@@ -2 +2 @@\n"), "\(shown.account)")
    #expect(sandbox.read("w.lua") == Self.sloppy)
    let fixed = try sandbox.baton("check", "--fix", "--no-luacheck", "w.lua")
    #expect(fixed.code == 0, "\(fixed.account)")
    let text = sandbox.read("w.lua") ?? ""
    #expect(text.contains(#"[[make && echo "v=1" >> "$BATON_OUTPUT"]], depends = "b""#), "\(text)")
    #expect(text.contains("at = ctx:now()") && text.contains("greet \" .. params.name"), "\(text)")
    #expect(fixed.output.contains("-step \"a\"") && fixed.output.contains("+step \"a\""), "\(fixed.account)")
    #expect(try sandbox.command("stat", "-c", "%a", "w.lua").output == "600\n")
    #expect(Disk.names(in: sandbox.folder) == ["w.lua"])
    let again = try sandbox.baton("check", "--fix", "--no-luacheck", "w.lua")
    #expect(again.output.isEmpty && sandbox.read("w.lua") == text, "\(again.account)")
  }

  @Test("A comment lets a finding pass, and one that ignores nothing is told")
  func ignored() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      workflow "w" { params = { name = param.string {} } }
      step "b" { run = "greet " .. params.name } -- baton: ignore B012
      -- baton: ignore B012
      step "c" { run = "greet " .. params.name }
      step "d" { run = "true" } -- baton: ignore B012, B999

      """
    ])
    let check = try sandbox.baton("check", "--no-luacheck", "w.lua")
    let lines = check.errors.split(separator: "\n").filter { $0.contains("warning") && $0.contains("w.lua") }
    #expect(
      lines.count == 2 && lines.allSatisfy { $0.contains("w.lua:5:") && $0.contains("[B060]") }, "\(check.account)")
    #expect(check.errors.contains("there is no code B999"))
  }

  @Test("luacheck's findings stand in the list, with the language's names known; without luacheck a note says so")
  func luacheck() throws {
    let sandbox = try Sandbox(["w.lua": "local unused = 1\nstep \"a\" { run = \"true\" }\n"])
    let check = try sandbox.baton("check", "w.lua")
    #expect(check.code == 0)
    #expect(check.errors.contains("w.lua:1:7: warning: unused variable 'unused' [luacheck W211]"), "\(check.account)")
    #expect(check.errors.contains("0 errors, 1 warning\n"), "\(check.account)")
    let without = try sandbox.baton("check", "w.lua", env: ["PATH": "/nowhere"])
    #expect(without.code == 0 && without.errors.contains("luacheck is not installed"), "\(without.account)")
  }

  @Test("Codes are explained, one by one and as a list")
  func explained() throws {
    let sandbox = try Sandbox()
    let one = try sandbox.baton("check", "--explain", "b012")
    #expect(one.code == 0 && one.output.hasPrefix("B012  ") && one.output.contains("\nRight\n    "), "\(one.account)")
    let all = try sandbox.baton("check", "--explain")
    #expect(all.output.contains("\n  B012  ") && all.output.contains("\n  B050  "), "\(all.account)")
    let rules = try JSON.decode(try sandbox.baton("check", "--explain", "--json").output).list ?? []
    #expect(rules.count > 35 && rules.allSatisfy { $0["bad"]?.string?.isEmpty == false })
    let unknown = try sandbox.baton("check", "--explain", "B999")
    #expect(unknown.code == 2 && unknown.errors.contains("there is no code B999"), "\(unknown.account)")
  }

  @Test("Folders are looked through: workflows, their modules and specs")
  func folders() throws {
    let sandbox = try Sandbox([
      "w.lua": "local m = require \"m\"\nstep \"a\" (m.fields())\n",
      "modules/m.lua": "local m = {}\nfunction m.fields() return { run = \"true\" } end\nreturn m\n",
      "w_test.lua": "describe(\"w\", function() it(\"runs\", function() simulate {} end) end)\n",
      ".hidden/x.lua": "this is no Lua",
    ])
    let check = try sandbox.baton("check", "--strict")
    #expect(check.code == 0 && check.errors.contains("3 files checked: 0 errors, 0 warnings"), "\(check.account)")
    try sandbox.write("w_test.lua", "describe(\"w\", function()\n")
    let broken = try sandbox.baton("check")
    #expect(broken.code == 2 && broken.errors.contains("[B001]"), "\(broken.account)")
  }

  @Test("The library and the examples have no findings")
  func house() throws {
    let sandbox = try Sandbox()
    let check = try sandbox.baton(
      "check", "--strict", "\(Binary.root)/scripts/examples", "\(Binary.root)/stdlib/baton",
      "\(Binary.root)/stdlib/meta",
      atMost: 120)
    #expect(check.code == 0, "\(check.account)")
  }
}
