/// The workflow that is killed: 200 steps with values, retries, a matrix whose cells are found at run time, a cache, a gate,
/// a timeout, notifications. Each step tells in `side/` when it begins and when it has done its work, and finds out whether
/// another process of the same step is alive.
enum CrashWorkflow {
  static let files: [String: String] = [
    "crash.lua": script,
    "step.sh": shell,
    "side/keep": "",
    "out/keep": "",
  ]

  /// Shell builtins wherever possible, so that 200 of them are quick.
  private static let shell = #"""
    # step.sh WORK [VALUE]: the work of one step, with its traces. WORK is ok, flaky, slow, list, value or make.
    work=$1 value=${2:-}
    name=$BATON_STEP
    while [ "${name#*/}" != "$name" ]; do name="${name%%/*}.${name#*/}"; done
    if [ -e "side/pid.$name" ]; then
      read -r old < "side/pid.$name"
      if [ -n "$old" ] && kill -0 "$old" 2>/dev/null && grep -qz "^BATON_SANDBOX=$BATON_SANDBOX$" "/proc/$old/environ"; then
        echo "$name: $old is alive beside $$" >> side/collisions
      fi
    fi
    echo "$$" > "side/pid.$name"
    echo "$name $BATON_ATTEMPT_NUMBER" >> side/began
    case $work in
      flaky)
        if [ ! -e "side/failed.$name" ]; then
          : > "side/failed.$name"
          rm -f "side/pid.$name"
          exit 75
        fi ;;
      slow) sleep 0.02 & wait ;;
      list) echo '{"cells":["a","b","c","d","e","f"]}' >> "$BATON_OUTPUT" ;;
      make) echo "made by $name" > "out/$name.txt" ;;
    esac
    echo "value=$name:$value" >> "$BATON_OUTPUT"
    echo '{"metric":"tests","value":10}' >> "$BATON_EVENTS"
    echo "$name" >> side/done
    rm -f "side/pid.$name"
    """#

  private static let script = #"""
    local function work(name, kind, spec, value)
      spec = spec or {}
      spec.run = "sh ./step.sh " .. kind .. " " .. (value or "")
      return step(name) (spec)
    end

    local first = work("first", "list")

    local wide = {}
    for i = 1, 100 do
      local kind = i % 10 == 3 and "flaky" or i % 10 == 7 and "slow" or "ok"
      wide[i] = work("wide" .. i, kind, {
        depends = i > 50 and { "wide" .. (i - 50) } or first,
        retry = kind == "flaky" and { attempts = 4, backoff = "5ms" } or nil,
      })
    end

    local last = first
    for i = 1, 40 do last = work("chain" .. i, "value", { priority = 2 }, last.out.value:map(function(v) return #v end)) end

    local cells = matrix "cells" {
      axes = { x = first.out.cells },
      step = function(cell)
        return sequence "pair" {
          work("one", cell.x == "c" and "flaky" or "ok", { retry = 3, mutex = "m" }),
          work("two", "ok"),
        }
      end,
    }

    for i = 1, 20 do
      work("made" .. i, "make", { depends = first, inputs = { "step.sh" }, outputs = { "out/made" .. i .. ".txt" } })
    end

    step "kept" {
      run = [[sh ./step.sh ok && echo '<testsuite name="s"><testcase name="k"/></testsuite>' > out/kept.xml]],
      inputs = { "step.sh" }, outputs = { "out/kept.xml" }, results = junit "out/kept.xml",
    }
    step "tested" {
      run = [[sh ./step.sh ok && echo '<testsuite name="s"><testcase name="t"/></testsuite>' > out/tests.xml]],
      results = junit "out/tests.xml",
    }
    work("late", "ok", { failover = { { run = "sh ./step.sh ok again" } }, timeout = "30s" })
    step "stuck" {
      run = "sh ./step.sh ok; sleep 30",
      timeout = "50ms", grace = "100ms", allow_failure = true,
    }

    local rollout = step "rollout" {
      depends = first,
      function(ctx)
        for i = 1, 3 do
          ctx:step("part-" .. i) { run = "sh ./step.sh " .. (i == 2 and "flaky" or "ok"), retry = 2 }
          ctx:sleep "2ms"
        end
        local ok = pcall(function() ctx:step "bad" { run = "exit 3" } end)
        local values = ctx:map({ "x", "y", "z" }, function(name)
          return name, { function(inner) return { value = inner:step "deep" { run = "sh ./step.sh value" }.out.value } end }
        end, { max = 2 })
        return { ok = ok, count = #values, last = values[3].out.value }
      end,
    }

    local quality = gate "quality" {
      depends = { cells, last, "wide100", rollout },
      require = { tests = ">= 100" },
      check = function() return true, "fine" end,
    }
    local tail = quality
    for i = 1, 26 do tail = work("tail" .. i, "ok", { depends = tail }) end

    notify "note" {
      on = { "started", "succeeded" },
      to = command { run = [[echo "$BATON_NOTIFY_KEY" >> side/notified]] },
    }
    """#
}
