import Testing

/// Workflows of durable bodies that are killed. Every step tells in `side/began` that it begins.
struct BodyWorkflow: Sendable, CustomTestStringConvertible {
  var name: String
  var script: String
  /// With which code an uninterrupted run ends.
  var code: Int32 = 0

  var testDescription: String { name }

  var files: [String: String] { ["work.lua": Self.prelude + script, "side/keep": ""] }

  private static let prelude = #"""
    local function work(more)
      return 'echo "$BATON_STEP" >> side/began; ' .. (more or "true")
    end
    local function emit(text) return work("echo '" .. text .. "' >> \"$BATON_OUTPUT\"") end

    """#

  static let all = [rollout, maps, saga, races, approval, recursion, transaction]

  static let approval = BodyWorkflow(
    name: "approval with timeout",
    script: #"""
      step "release" { function(ctx)
        ctx:step "build" { run = work() }
        local answer = ctx:approval { by = { "ann" }, timeout = "40ms" }
        ctx:step(answer.approved and "deploy" or "hold") { run = work() }
        return { approved = answer.approved }
      end }
      gate "asked" { depends = "release", approval = { timeout = "30ms" }, otherwise = "branch" }
      step "after" { depends = "release", run = work() }
      """#)

  static let recursion = BodyWorkflow(
    name: "recursion through call",
    script: #"""
      workflow "work" { params = { depth = param.integer { default = 2 } } }
      step "down" { function(ctx)
        local depth = params.depth
        ctx:step("before-" .. depth) { run = work() }
        if depth > 0 then
          local below = ctx:call("work.lua", { depth = depth - 1 })
          ctx:step("after-" .. depth) { run = work("test " .. below.out.down.depth .. " = " .. (depth - 1)) }
        end
        return { depth = depth }
      end }
      """#)

  static let transaction = BodyWorkflow(
    name: "transaction that fails",
    script: #"""
      transaction "order" {
        step "reserve" { run = work(), undo = work() },
        { step "charge" { run = work(), undo = work() }, step "pack" { run = work(), undo = work() } },
        step "ship" { run = work("exit 3"), undo = work() },
      }
      step "after" { depends = "order", run = work() }
      """#, code: 1)

  static let rollout = BodyWorkflow(
    name: "rollout with canary",
    script: #"""
      step "rollout" {
        function(ctx)
          local version = ctx:step "version" { run = emit "version=1.4" }.out.version
          for _, region in ipairs { "eu", "us", "ap" } do
            ctx:step("deploy-" .. region) { run = work("test " .. version .. " = 1.4"), retry = 2 }
            ctx:sleep "3ms"
            if ctx:step("canary-" .. region) { run = emit '{"errors": 0.001}' }.out.errors > 0.01 then
              ctx:halt("canary failed in " .. region)
            end
          end
          return { version = version, lucky = math.random(1000) > 0, id = ctx:uuid() ~= "" }
        end,
      }
      step "after" { depends = "rollout", run = work() }
      """#)

  static let maps = BodyWorkflow(
    name: "maps in a map in a matrix",
    script: #"""
      matrix "zones" {
        axes = { zone = { "a", "b" } },
        step = function(cell)
          return { function(ctx)
            local racks = ctx:map({ 1, 2 }, function(rack)
              return "rack-" .. rack, { function(inner)
                local hosts = inner:map({ "x", "y" }, function(host) return "host-" .. host, { run = work() } end,
                  { max = 1 })
                return { hosts = #hosts }
              end }
            end)
            return { zone = cell.zone, hosts = racks[1].out.hosts + racks[2].out.hosts }
          end }
        end,
      }
      """#)

  static let saga = BodyWorkflow(
    name: "saga that fails",
    script: #"""
      step "order" { function(ctx)
        ctx:step "reserve" { run = work() }
        ctx:undo { run = work() }
        local payment = ctx:effect("charge", function() return "p-1" end)
        ctx:undo(function(undo)
          undo:step "refund" { run = work("test " .. payment .. " = p-1") }
          undo:sleep "2ms"
          undo:step "tell" { run = work() }
        end)
        ctx:step "ship" { run = work("exit 3") }
      end }
      """#, code: 1)

  static let races = BodyWorkflow(
    name: "race, caught failure, retry of the body",
    script: #"""
      step "work" { retry = 3, function(ctx)
        local first = ctx:any { ctx:start "slow" { run = work("sleep 20") }, ctx:start "quick" { run = work() } }
        local ok, problem = pcall(function() ctx:step "bad" { run = work("exit 4") } end)
        ctx:step "instead" { run = work("test " .. problem.code .. " = 4") }
        ctx:step "flaky" { run = work('test "$(grep -c flaky side/began)" -ge 2') }
        return { first = first.step, ok = ok }
      end }
      """#)
}
