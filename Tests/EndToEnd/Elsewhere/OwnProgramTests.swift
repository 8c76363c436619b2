import BatonModel
import Glibc
import Testing

/// Services that run what their image says.
@Suite struct OwnProgramRuns {
  private static let image = ContainerEngineUnderTest.image
  /// It writes who was asked, in the folder that the image begins in.
  private static let containerfile = """
    FROM \(image)
    WORKDIR /srv
    STOPSIGNAL SIGINT
    ENTRYPOINT ["/bin/sh", "-c", "trap 'echo INT > \\"$PLACE/ended\\"; exit 0' INT; echo \\"$GREETING $*\\" > answer; pwd >> answer; echo $$ >> answer; busybox httpd -p 80 -h /srv; while :; do sleep 0.05; done", "sh"]
    CMD ["from", "the", "image"]

    """

  @Test("A service without a command runs what its image says, after a failover too")
  func own() throws {
    let sandbox = try Sandbox([
      "web/Containerfile": Self.containerfile,
      "w.lua": """
      local function web(name, executor, failover)
        return service(name) {
          executor = executor, failover = failover, ports = "http", grace = "1s", env = { GREETING = name, PLACE = env.PLACE },
          ready = probe.command [[test "$(cat /srv/answer | wc -l)" = 3 && test "$PWD" = "$PLACE"]],
          outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/answer" },
          setup = "cat /srv/answer; pwd", health = probe.command "test -e /srv/answer",
        }
      end
      local made = container { image = "./web", engine = "podman", publish = { http = 80 } }
      local plain = web("plain", made)
      local second = web("second", container { image = "none-such", engine = "podman", pull = "never",
        publish = { http = 80 } }, { { executor = made } })
      step "use" { run = "curl -sf " .. plain.out.url .. " > plain; curl -sf " .. second.out.url .. " > second" }

      """,
    ])
    let engine = try ContainerEngineUnderTest(.podman, sandbox)
    let finished = try sandbox.baton(
      "run", "w.lua", env: engine.variables.merging(["PLACE": sandbox.folder]) { $1 }, atMost: 120)
    #expect(finished.code == 0, "\(finished.account)")
    // It is the first process, as it is where nobody but its engine starts it.
    #expect(sandbox.lines("plain") == ["plain from the image", "/srv", "1"])
    #expect(sandbox.lines("second") == ["second from the image", "/srv", "1"])
    #expect(sandbox.read("ended") == "INT\n", "it ends as the image says")
    let log = try sandbox.baton("logs", "plain").output
    #expect(
      log.contains("plain from the image\n/srv\n1\n\(sandbox.folder)\n"), "it is set up in the project's folder: \(log)"
    )
    #expect(try engine.containers() == [])
  }

  @Test("An image without a program of its own is told of, with the cure")
  func none() throws {
    let sandbox = try Sandbox([
      "bare/Containerfile": "FROM scratch\nCOPY it /it\n", "bare/it": "x",
      "w.lua": """
      local db = service "db" {
        executor = container { image = "./bare", engine = "podman", pull = "never" }, grace = "1s",
        restart = { attempts = 1 }, ready = probe.command "true",
      }
      step "use" { run = "sleep 100", depends = db }

      """,
    ])
    let engine = try ContainerEngineUnderTest(.podman, sandbox)
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables, atMost: 120)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.account.contains("no program of its own; give the service its run"), "\(finished.account)")
  }

  @Test("A probe that cannot be started there is told of once")
  func probe() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local web = service "web" {
        executor = container { image = "\(Self.image)", engine = "podman", pull = "never" }, grace = "1s",
        run = "trap 'exit 0' TERM; sleep 1000 & wait", restart = { attempts = 1 },
        ready = probe.command { run = { "no-such-program" }, interval = "200ms", retries = 1, start_period = 0 },
      }
      step "use" { run = "true", depends = web }

      """
    ])
    let engine = try ContainerEngineUnderTest(.podman, sandbox)
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables, atMost: 120)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.account.contains("it was not ready"), "\(finished.account)")
    #expect(
      !finished.account.contains(": baton: "), "what it says in its log is its reason already: \(finished.account)")
    #expect(try engine.containers() == [])
  }
}
