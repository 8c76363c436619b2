import BatonModel
import Glibc
import Testing

/// Pools, with real processes.
@Suite struct PoolRuns {
  /// `BATON_LEASES=1000` leases more often.
  private static let leases = getenv("BATON_LEASES").flatMap { Int(String(cString: $0)) } ?? 60

  /// Ten members, of which two never answer and one does every other second. Who has one makes a folder that must not be
  /// there, so that a double lease is seen.
  private static func script(_ count: Int) -> String {
    """
    local members = { "broken-1", "broken-2", "flapping" }
    for n = 1, 7 do members[#members + 1] = { name = "d" .. n, ram = n } end
    local device = pool "device" {
      members = members,
      check = probe.command [[
        case $LEASE_DEVICE in
          broken-*) echo "no answer"; exit 1;;
          flapping) exit $(($(date +%s) % 2));;
        esac]],
      quarantine = "1s",
    }
    local numbers = {}
    for n = 1, \(count) do numbers[n] = n end
    matrix "use" {
      axes = { n = numbers },
      lease = device,
      step = { run = [[mkdir "in-use-$LEASE_DEVICE" || exit 7
        echo "$LEASE_DEVICE $LEASE_DEVICE_TOKEN" >> used
        rmdir "in-use-$LEASE_DEVICE"]] },
    }

    """
  }

  @Test("Two runs share a pool: no member is leased twice, none that never answers, and each lease has its number")
  func shared() throws {
    let count = Self.leases / 2
    let sandbox = try Sandbox(["pool.lua": Self.script(count)])
    let runs = try (0..<2).map { _ in try sandbox.start(["run", "--jobs", "8", "pool.lua"]) }
    for run in runs {
      let finished = try run.wait(atMost: 600)
      #expect(finished.code == 0, "\(finished.account)")
    }
    let used = sandbox.lines("used")
    #expect(used.count == 2 * count && Set(used.map { $0.split(separator: " ").last }).count == 2 * count)
    #expect(!used.contains { $0.hasPrefix("broken") })
    let shown = try sandbox.baton("pools", "device", "-n", "0", "--json")
    let pool = try #require(try JSON.decode(shown.output.utf8).list?.first)
    #expect(pool["leased"] == 0 && pool["waiting"] == 0, "\(pool)")
    let past = pool["past"]?.list ?? []
    #expect(past.count == 2 * count && past.allSatisfy { $0["how"] == "released" })
    let broken = pool["members"]?.list?.filter { $0["member"]?.string?.hasPrefix("broken") == true } ?? []
    #expect(broken.allSatisfy { $0["uses"] == 0 && $0["reason"] == "no answer" }, "\(broken)")
    let text = try sandbox.baton("pools")
    #expect(text.output.contains("0 of 10 leased"), "\(text.account)")
    let state = try sandbox.show()
    let step = try #require(state.json["steps"]?.list?.first { $0["step"]?.string?.hasPrefix("use[") == true })
    #expect(step["values"]?["lease"]?["device"]?["member"]?.string != nil, "\(step)")
    let told = try sandbox.baton("show")
    #expect(told.output.contains("Leases") && told.output.contains("MEMBER"), "\(told.account)")
    let page = try sandbox.baton("report", "--format", "html", "-o", "-")
    #expect(page.output.contains("id=\"leases\"") && page.output.contains("Members of pools that steps had"))
    #expect(sandbox.leftovers() == [])
  }

  @Test("A pool may have more members than a variable of the environment holds")
  func large() throws {
    let sandbox = try Sandbox([
      "large.lua": """
      local members = {}
      for i = 1, 4000 do members[i] = { name = "device-" .. i, address = "10.0.0.1:" .. 10000 + i } end
      step "use" { lease = pool "device" { members = members }, run = 'echo "$LEASE_DEVICE_ADDRESS" > used' }

      """
    ])
    let finished = try sandbox.baton("run", "large.lua", atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("used") == ["10.0.0.1:10001"])
    #expect(sandbox.leftovers() == [])
  }

  @Test("A run whose engine and steps were killed holds nothing: the next one gets the member at once")
  func lapsed() throws {
    let sandbox = try Sandbox([
      "hold.lua": """
      local device = pool "device" { members = { "only" } }
      step "hold" { lease = { device, ttl = "1h" }, run = "touch held; exec sleep 100" }

      """,
      "take.lua": """
      workflow "take" { params = { wait = param.string {} } }
      local device = pool "device" { members = { "only" } }
      step "take" { lease = { device, wait = params.wait }, run = "echo got $LEASE_DEVICE" }

      """,
    ])
    let holder = try sandbox.start(["run", "hold.lua"])
    try sandbox.wait("it holds the member") { sandbox.read("held") != nil }
    let busy = try sandbox.baton("run", "take.lua", "-p", "wait=100ms")
    #expect(busy.code == 1)
    #expect(busy.errors.contains("no member of the pool \"device\" was free for 100ms: 1 in use"), "\(busy.account)")
    let shown = try sandbox.baton("pools")
    #expect(shown.output.contains("1 of 1 leased") && shown.output.contains("/hold"), "\(shown.account)")
    holder.send(SIGKILL)
    _ = try holder.wait()
    for process in sandbox.processes() { kill(process, SIGKILL) }
    let finished = try sandbox.baton("run", "take.lua", "-p", "wait=20s")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(try sandbox.baton("logs").output.contains("got only"))
    let past = try sandbox.baton("pools")
    #expect(past.output.contains("lapsed") && past.output.contains("released"), "\(past.account)")
  }

  @Test("What a lease can't be is an error where it stands")
  func mistakes() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local device = pool "device" { members = { { name = "a", ram = 4 } }, pick = "best" }
      step "one" { lease = { device, wants = { rom = 1 } }, run = "true" }
      step "two" { lease = "device", run = "true" }
      step "three" { lease = { device, wants = { ram = 8 } }, run = "true" }

      """
    ])
    let finished = try sandbox.baton("check", "w.lua")
    #expect(finished.code != 0)
    for text in [
      "\"lease.pick\"", "has a field \"rom\"", "\"lease\" must be a pool", "has what \"wants\" asks for: ram = 8",
    ] {
      #expect(finished.errors.contains(text) || finished.output.contains(text), "\(text): \(finished.account)")
    }
  }
}
