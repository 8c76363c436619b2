import Testing

/// Bodies that are large in one way or another, run by the real machine in virtual time.
@Suite struct BodyScaleTests {
  private func failure(_ workflow: String, _ assertions: String, mocks: String = "") -> String? {
    test("local run = simulate { steps = { \(mocks) } }\n\(assertions)", workflow: workflow).failure?.text
  }

  @Test("Thousands of children of one map come back in the order of the list, however many run at once")
  func map() {
    for limit in ["", ", { max = 8 }"] {
      let workflow = """
        step "work" { function(ctx)
          local list = {}
          for i = 1, 3000 do list[i] = i end
          local results = ctx:map(list, function(n) return "m" .. n, { run = { "x", n } } end\(limit))
          for i, result in ipairs(results) do
            if result.step ~= "work/m" .. i then ctx:fail("number " .. i .. " is " .. result.step) end
          end
          return { count = #results }
        end }
        """
      #expect(failure(workflow, "assert.equal(3000, run.steps.work.out.count) assert.equal(3001, #run.order)") == nil)
    }
  }

  @Test("Thousands of futures are awaited one by one")
  func futures() {
    let workflow = """
      step "work" { function(ctx)
        local futures, sum = {}, 0
        for i = 1, 2000 do futures[i] = ctx:start("f" .. i) { run = "x" } end
        for i = #futures, 1, -1 do sum = sum + futures[i]:await().out.n end
        return { sum = sum }
      end }
      """
    #expect(
      failure(workflow, "assert.equal(4000, run.steps.work.out.sum)", mocks: "[\"work/f*\"] = { out = { n = 2 } }")
        == nil)
  }

  @Test("A failure in a map of thousands ends the others where it says fail_fast")
  func failFast() {
    let workflow = """
      step "work" { function(ctx)
        local list = {}
        for i = 1, 2000 do list[i] = i end
        local ok, failed = pcall(ctx.map, ctx, list, function(n) return "m" .. n, { run = "x" } end, { fail_fast = true })
        return { ok = ok, step = failed.step }
      end }
      """
    let mocks = "[\"work/m*\"] = { duration = \"1h\" }, [\"work/m7\"] = \"failed\""
    let assertions = """
      assert.equal(false, run.steps.work.out.ok)
      assert.equal("work/m7", run.steps.work.out.step)
      assert.equal("cancelled", run.steps["work/m2000"].status)
      assert.equal(0, run.duration)
      """
    #expect(failure(workflow, assertions, mocks: mocks) == nil)
  }

  @Test("A map in a map in the cell of a matrix")
  func nested() {
    let workflow = """
      matrix "m" {
        axes = { x = { 1, 2, 3 } },
        step = function(cell)
          return { function(ctx)
            local rows = ctx:map({ "a", "b" }, function(row)
              return row, { function(inner)
                local cells = inner:map({ 1, 2, 3 }, function(n) return "c" .. n, { run = { "x", cell.x, row, n } } end)
                return { n = #cells, last = cells[3].step }
              end }
            end)
            return { n = rows[1].out.n + rows[2].out.n, last = rows[2].out.last }
          end }
        end,
      }
      """
    let assertions = """
      for x = 1, 3 do
        local out = run.steps["m[x=" .. x .. "]"].out
        assert.equal(6, out.n)
        assert.equal("m[x=" .. x .. "]/b/c3", out.last)
        assert.equal("x " .. x .. " b 3", run.steps["m[x=" .. x .. "]/b/c3"].command)
      end
      assert.equal(3 + 6 + 18, #run.order)
      """
    #expect(failure(workflow, assertions) == nil)
  }

  @Test("A body in a body in a body, a hundred deep")
  func deep() {
    let workflow = """
      local function nest(depth)
        return function(ctx)
          if depth == 0 then return { depth = 0 } end
          return { depth = ctx:step "n" { nest(depth - 1) }.out.depth + 1 }
        end
      end
      step "work" { nest(100) }
      """
    #expect(failure(workflow, "assert.equal(100, run.steps.work.out.depth)") == nil)
  }

  @Test("Values of megabytes, long strings and long lists, come back as they were")
  func large() {
    let workflow = """
      step "work" { function(ctx)
        local text = ctx:effect("text", function() return ("x\\"\\n"):rep(1 << 20) end)
        local list = ctx:effect("list", function()
          local list = {}
          for i = 1, 100000 do list[i] = { n = i, s = "item " .. i } end
          return list
        end)
        ctx:sleep "1h"
        return { length = #text, tail = text:sub(-3), count = #list, last = list[100000].s }
      end }
      """
    let assertions = """
      local out = run.steps.work.out
      assert.equal(3 << 20, out.length)
      assert.equal("x\\"\\n", out.tail)
      assert.equal(100000, out.count)
      assert.equal("item 100000", out.last)
      """
    #expect(failure(workflow, assertions) == nil)
  }

  @Test("Ten thousand operations, one after the other, each once")
  func sequence() {
    let workflow = """
      step "work" { function(ctx)
        local sum = 0
        for i = 1, 10000 do sum = sum + ctx:effect("op-" .. i, function() return i end) end
        return { sum = sum }
      end }
      """
    #expect(failure(workflow, "assert.equal(50005000, run.steps.work.out.sum)") == nil)
  }
}
