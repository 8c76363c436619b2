import BatonLua
import BatonModel
import Testing

/// `a .. b .. c` of refs at any depth of calls and whatever is collected meanwhile: some versions of Lua lose their place in the
/// stack when it is moved at that moment.
@Suite struct RefJoinTests {
  private static let source = """
    local build = step "build" { run = "make" }
    local function garbage(count) local all = {} for i = 1, count do all[i] = { i, tostring(i) } end return #all end
    local function deep(depth, a, b, c, d)
      if depth > 0 then
        local x, y, z = depth, depth + 1, depth + 2
        return (deep(depth - 1, x, y, z, a))
      end
      local all = "echo"
      for i = 1, 40 do
        all = all .. " " .. build.out["v" .. i] .. "-" .. build.out.w
        if i % 8 == 0 then garbage(200) end
      end
      return all
    end
    """

  private func parts(of script: Script, _ name: String) throws -> Int {
    guard case .shell(.dynamic(.concat(let parts)))? = try script.node(name).command else { return 0 }
    return parts.count
  }

  @Test("Refs are joined at any depth of calls", arguments: [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233])
  func depths(depth: Int) throws {
    let script = try Lua.load(Self.source + "\nstep \"b\" { run = deep(\(depth)) }\nstep \"c\" { run = deep(0) }")
    #expect(try parts(of: script, "b") == 160)
    #expect(try parts(of: script, "c") == 160)
  }

  @Test("Refs are joined in coroutines", arguments: [0, 1, 2, 3])
  func coroutines(depth: Int) throws {
    let script = try Lua.load(
      Self.source
        + """

        for i = 1, 30 do
          step("b" .. i) { run = coroutine.wrap(function() return (deep(\(depth))) end)() }
        end
        """)
    for number in 1...30 { #expect(try parts(of: script, "b\(number)") == 160) }
  }
}
