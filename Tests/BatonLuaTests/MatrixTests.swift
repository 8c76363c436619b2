import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md, section 4: `matrix`.
@Suite struct MatrixTests {
  @Test("primitive: matrix makes a step for each cell, named by its axes") func cells() throws {
    let script = try Lua.load(
      """
      matrix "e2e" {
        depends = step "build" { run = "make" },
        axes    = { browser = { "chrome", "firefox" }, os = { "linux", "mac" } },
        exclude = { { browser = "firefox", os = "mac" } },
        include = { { browser = "safari", os = "mac" } },
        max     = 4,
        retry   = 1,
        step    = function(cell)
          return { run = { "test", cell.browser, cell.os }, tags = cell.browser }
        end,
      }
      """)
    #expect(
      try script.members("e2e") == [
        "e2e[browser=chrome,os=linux]", "e2e[browser=chrome,os=mac]", "e2e[browser=firefox,os=linux]",
        "e2e[browser=safari,os=mac]",
      ])
    #expect(try script.node("e2e").group?.style == .matrix)
    #expect(try script.node("e2e").group?.max == 4)
    #expect(try script.dependencies("e2e") == ["build"])
    let cell = try script.node("e2e[browser=chrome,os=mac]")
    #expect(cell.command == .program([.plain("test"), .plain("chrome"), .plain("mac")]))
    #expect(cell.options.value.retry == RetryPolicy(attempts: 2))
    #expect(cell.options.value.tags == ["chrome"])
    #expect(cell.parent.map { script.plan.nodes[$0].name } == "e2e")
  }

  @Test("matrix: order") func order() throws {
    let script = try Lua.load(
      """
      matrix "m" { axes = { a = { 1 }, b = { 2 } }, order = { "b", "a" }, step = function(cell) return "true" end }
      """)
    #expect(try script.members("m") == ["m[b=2,a=1]"])
  }

  @Test("matrix: a spec in which cell.axis stands") func table() throws {
    let script = try Lua.load(
      """
      matrix "m" {
        axes = { v = { "plain", "two words" }, t = { 5 } },
        step = {
          run = "echo " .. cell.v .. " raw " .. raw(cell.v), timeout = cell.t, env = { V = cell.v, W = "<" .. cell.v .. ">" },
          failover = { { run = { "echo", cell.v } } },
        },
      }
      """)
    let plain = try script.node("m[t=5,v=plain]")
    #expect(plain.command == .shell(.plain("echo plain raw plain")))
    #expect(plain.options.value.timeout == Span(seconds: 5))
    let words = try #require(script.plan.nodes.first { $0.name.hasPrefix("m[t=5,v=two_words~") })
    #expect(words.command == .shell(.plain("echo 'two words' raw two words")))
    #expect(words.options.value.env == ["V": .plain("two words"), "W": .plain("<two words>")])
    #expect(words.options.value.failover.first?.command == .program([.plain("echo"), .plain("two words")]))
  }

  @Test("matrix: values may be tables") func tables() throws {
    let script = try Lua.load(
      """
      matrix "m" {
        axes = { cfg = { { name = "small", size = 1 }, { name = "big", size = 9 } } },
        step = function(cell) return { run = "true", priority = cell.cfg.size } end,
      }
      """)
    #expect(try script.members("m") == ["m[cfg=small]", "m[cfg=big]"])
    #expect(try script.options("m[cfg=big]").priority == 9)
  }

  @Test("matrix in a matrix: the inner one is named in the scope of the cell") func nested() throws {
    let script = try Lua.load(
      """
      step "outside" { run = "true" }
      matrix "m" {
        axes = { x = { "a", "b" } },
        step = function(outer)
          return matrix "n" {
            axes = { y = { 1, 2 } }, depends = "outside",
            step = function(inner) return { run = "echo " .. outer.x .. inner.y } end,
          }
        end,
      }
      """)
    #expect(try script.members("m") == ["m[x=a]/n", "m[x=b]/n"])
    #expect(try script.members("m[x=b]/n") == ["m[x=b]/n[y=1]", "m[x=b]/n[y=2]"])
    #expect(try script.node("m[x=b]/n[y=2]").command == .shell(.plain("echo b2")))
    #expect(try script.dependencies("m[x=a]/n") == ["outside"])
  }

  @Test("names inside a cell are looked up in the cell first, then outwards; strays join the matrix") func scopes()
    throws
  {
    let script = try Lua.load(
      """
      step "prep" { run = "global" }
      step "other" { run = "global" }
      matrix "m" {
        axes = { x = { "a", "b" } },
        step = function(cell)
          step "prep" { run = "prep " .. cell.x }
          return step "main" { run = "main", depends = { "prep", "other" } }
        end,
      }
      step "after" { run = "true", depends = "m[x=a]/main" }
      """)
    #expect(try script.members("m") == ["m[x=a]/main", "m[x=b]/main", "m[x=a]/prep", "m[x=b]/prep"])
    #expect(try script.dependencies("m[x=a]/main") == ["m[x=a]/prep", "other"])
    #expect(try script.dependencies("after") == ["m[x=a]/main"])
  }

  @Test("an empty matrix is a group without members") func empty() throws {
    #expect(try Lua.load(#"matrix "m" { axes = { x = {} }, step = function() return "true" end }"#).members("m") == [])
  }

  @Test("matrix over a ref waits for its step, and its cells are made when the list is known") func overRef() throws {
    let script = try Lua.load(
      """
      local list = step "list" { run = "ls" }
      parallel "p" {
        env = { INHERITED = "yes" },
        matrix "m" {
          axes = { file = list.out.files, os = { "linux" } },
          retry = 1,
          step = function(cell) return { run = { "check", cell.file } } end,
        },
      }
      step "after" { run = "true", depends = "m" }
      """)
    let pending = try #require(try script.node("m").group?.pending)
    #expect(pending.axes["file"] == .ref(Ref(step: "list", path: [.name("files")])))
    #expect(pending.axes["os"] == .literal(["linux"]))
    #expect(try script.dependencies("m") == ["list"])
    let group = try #require(script.plan.nodes.firstIndex { $0.name == "m" })
    let expansion = try script.expand(pending, group: group, first: 4, axes: ["file": ["a", "b"], "os": ["linux"]])
    #expect(expansion.nodes.map(\.name) == ["m[file=a,os=linux]", "m[file=b,os=linux]"])
    #expect(expansion.members == [4, 5])
    #expect(expansion.nodes[1].command == .program([.plain("check"), .plain("b")]))
    #expect(expansion.nodes[1].parent == group)
    #expect(expansion.nodes[1].options.value.retry == RetryPolicy(attempts: 2))
    #expect(expansion.nodes[1].options.value.env == ["INHERITED": .plain("yes")])
  }

  @Test("an expansion may declare groups, depend on what is planned, and hold further matrices over refs")
  func deepExpansion()
    throws
  {
    let script = try Lua.load(
      """
      local list = step "list" { run = "ls" }
      matrix "m" {
        axes = { x = list.out.xs },
        step = function(outer)
          return sequence "s" {
            step "probe" { run = "probe " .. outer.x, depends = "list" },
            matrix "n" {
              axes = { y = list.out.ys },
              step = { run = "echo " .. cell.y .. " " .. list.out.z },
            },
          }
        end,
      }
      """)
    let pending = try #require(try script.node("m").group?.pending)
    let first = script.plan.nodes.count
    let expansion = try script.expand(pending, group: 1, first: first, axes: ["x": ["a"]])
    #expect(expansion.nodes.map(\.name) == ["m[x=a]/probe", "m[x=a]/n", "m[x=a]/s"])
    #expect(expansion.members == [first + 2])
    #expect(expansion.nodes[0].dependencies == [0])
    #expect(expansion.nodes[0].parent == first + 2)
    #expect(expansion.nodes[1].dependencies == [first, 0])
    #expect(expansion.nodes[2].parent == 1)
    let inner = try #require(expansion.nodes[1].group?.pending)
    let more = try script.expand(inner, group: first + 1, first: first + 3, axes: ["y": ["one two"]])
    #expect(more.nodes.count == 1)
    #expect(more.nodes[0].parent == first + 1)
    #expect(more.nodes[0].dependencies == [0])
    #expect(more.nodes[0].name.hasPrefix("m[x=a]/n[y=one_two~"))
    guard case .shell(.dynamic(.concat(let parts)))? = more.nodes[0].command else {
      Issue.record("no concat")
      return
    }
    #expect(parts.first == .literal("echo 'one two' "))
  }

  @Test("an expansion that begins anew gives the same") func again() throws {
    let script = try Lua.load(
      """
      local list = step "list" { run = "ls" }
      matrix "m" { axes = { x = list.out.xs }, step = function(cell) return "echo " .. cell.x end }
      """)
    let pending = try #require(try script.node("m").group?.pending)
    let first = try script.expand(pending, group: 1, first: 2, axes: ["x": ["a", "b"]])
    let second = try script.expand(pending, group: 1, first: 2, axes: ["x": ["a", "c"]])
    #expect(first.nodes.map(\.name) == ["m[x=a]", "m[x=b]"])
    #expect(second.nodes.map(\.name) == ["m[x=a]", "m[x=c]"])
  }

  @Test("the digest of a matrix over refs changes with its function, not with its layout") func digest() throws {
    func digest(_ body: String) throws -> String? {
      try Lua.load(
        "local l = step \"l\" { run = \"ls\" }\nmatrix \"m\" { axes = { x = l.out.xs }, step = \(body) }"
      ).node("m").group?.pending?.digest
    }
    let plain = try digest("function(cell) return { run = 'a' } end")
    #expect(try digest("function(c)\n -- comment\n return { run = 'a' } end") == plain)
    #expect(try digest("function(cell) return { run = 'b' } end") != plain)
    #expect(try digest("{ run = 'a' }") != digest("{ run = 'b' }"))
    #expect(try digest("{ run = 'a' }") == digest("{ run = \"a\" }"))
  }

  @Test("mistakes of an expansion are thrown, and a later one may go well") func expansionMistakes() throws {
    let script = try Lua.load(
      """
      local list = step "list" { run = "ls" }
      matrix "m" {
        axes = { x = list.out.xs },
        step = function(cell)
          if cell.x == "bad" then return { rum = "true" } end
          if cell.x == "boom" then error("boom") end
          if cell.x == "loop" then while true do end end
          return { run = "true", depends = cell.x == "cycle" and "m" or nil }
        end,
      }
      """)
    let pending = try #require(try script.node("m").group?.pending)
    func text(_ axes: [String: Value]) -> String {
      do throws(Diagnostics) {
        _ = try script.expand(pending, group: 1, first: 2, axes: axes)
        return ""
      } catch { return error.text }
    }
    #expect(
      text(["x": ["bad"]])
        == """
        test.lua:4:3: error: step "m[x=bad]": there is no field "rum"
          did you mean "run"?
        """)
    #expect(text(["x": ["boom"]]) == "test.lua:6: error: boom")
    #expect(
      text(["x": "text"])
        == """
        test.lua:3:12: error: matrix "m": the axis "x" must be a list, but it came out as a string
        """)
    #expect(text(["x": ["cycle"]]).contains("a cycle, in which each waits for the next: m → m[x=cycle] → m"))
    #expect(text(["x": ["fine"]]) == "")
  }

  @Test("mistakes in a matrix") func mistakes() {
    #expect(
      Lua.mistakes(
        """
        matrix "none" {}
        matrix "axes" { axes = { x = "a" }, step = 5 }
        matrix "twice" {
          axes = { x = { 1, 1 } },
          step = function() end,
        }
        matrix "order" { axes = { browser = { 1 } }, order = { "brwser" }, step = function() end }
        matrix "nil" { axes = { x = { 1 } }, step = function(cell) end }
        matrix "number" { axes = { x = { 1 } }, step = function(cell) return 5 end }
        matrix "spec" { axes = { x = { 1 } }, step = { run = "echo " .. cell.y, tiemout = 5 } }
        matrix "member" { step "m" { run = "true" }, axes = { x = { 1 } }, step = function() return "true" end }
        step "outside" { run = "echo " .. cell.x }
        matrix "odd" { axes = { x = { 0/0, 1/0 } }, step = function() end }
        matrix "deep" { include = { { x = { size = 1/0 } } }, step = function() end }
        """)
          == """
          test.lua:1: error: matrix "none": "axes" is missing
            axes = { browser = { "chrome", "firefox" } }
          test.lua:1: error: matrix "none": "step" is missing
            step = function(cell) return { run = … } end
          test.lua:2:26: error: matrix "axes": "axes.x" must be a list of values or a ref to one, not "a"
          test.lua:2:37: error: matrix "axes": "step" must be function(cell) … end or a step's fields, not 5
          test.lua:4:12: error: matrix "twice": the axis "x" has 1 twice
          test.lua:7:46: error: matrix "order": "order" names "brwser", which is no axis
            did you mean "browser"?
          test.lua:8:38: error: matrix "nil": its function returned nothing for the cell [x=1]
            return the fields of a step, such as { run = "…" }, or a group
          test.lua:9:41: error: matrix "number": its function returned an integer for the cell [x=1]
            return the fields of a step, such as { run = "…" }, or a group
          test.lua:10:48: error: matrix "spec": the cells have no "y"
          test.lua:10:73: error: step "spec[x=1]": there is no field "tiemout"
            did you mean "timeout"?
          test.lua:11:19: error: matrix "member": a matrix has no members of its own
            its steps are made by step = function(cell) … end
          test.lua:12:18: error: step "outside": "run" has a value of a cell outside a matrix
            cell stands in a matrix whose step is a table: step = { run = "… " .. cell.AXIS }
          test.lua:13:25: error: matrix "odd": "x" has a value that is infinite or not a number: no cell can be named by it
            a division by 0 gives such a one
          test.lua:14:17: error: matrix "deep": "x" has a value that is infinite or not a number: no cell can be named by it
            a division by 0 gives such a one
          """)
  }
}
