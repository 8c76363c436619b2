import BatonLua
import BatonModel
import Testing

/// The table of LANGUAGE.md, section 3, row by row.
@Suite struct StepFieldTests {
  private func options(_ fields: String) throws -> StepOptions {
    try Lua.load("step \"a\" { run = \"true\", \(fields) }").options("a")
  }

  @Test("field: run, as a string, a list and a function") func run() throws {
    let script = try Lua.load(
      """
      step "a" { run = "make dist" }
      step "b" { run = { "npm", "test", 5 } }
      step "c" { run = function(deps) return "echo " .. deps.a.out.x end, depends = "a" }
      """)
    #expect(try script.node("a").command == .shell(.plain("make dist")))
    #expect(try script.node("b").command == .program([.plain("npm"), .plain("test"), .plain("5")]))
    guard case .callback(let callback)? = try script.node("c").command else {
      Issue.record("run is no callback")
      return
    }
    let result = script.call(callback, [["a": ["out": ["x": "42"]]]], limit: Span(seconds: 1))
    #expect(result == .returned(["echo 42"]))
  }

  @Test("field: depends, as a handle, a name, a group and a list of them") func depends() throws {
    let script = try Lua.load(
      """
      local a = step "a" { run = "true" }
      local g = parallel "g" { step "m" { run = "true" } }
      step "handle" { run = "true", depends = a }
      step "name" { run = "true", depends = "a" }
      step "group" { run = "true", depends = g }
      step "list" { run = "true", depends = { a, "m", { g, a } } }
      step "ref" { run = "true", depends = a.out.x }
      """)
    #expect(try script.dependencies("handle") == ["a"])
    #expect(try script.dependencies("name") == ["a"])
    #expect(try script.dependencies("group") == ["g"])
    #expect(try script.dependencies("list") == ["a", "m", "g"])
    #expect(try script.dependencies("ref") == ["a"])
  }

  @Test("a ref in any field adds its step to the dependencies") func refsDepend() throws {
    let script = try Lua.load(
      """
      local a = step "a" { run = "true" }
      local v = a.out.v
      step "run" { run = "echo " .. v }
      step "list" { run = { "echo", v } }
      step "env" { run = "true", env = { V = v } }
      step "cwd" { run = "true", cwd = "dir/" .. v }
      step "stdin" { run = "true", stdin = v }
      step "inputs" { run = "true", inputs = { v } }
      step "outputs" { run = "true", outputs = { v } }
      step "artifacts" { run = "true", artifacts = v }
      step "cache" { run = "true", cache = { key = { v, 1 } } }
      step "failover" { run = "true", failover = { { run = "echo " .. v } } }
      step "undo" { run = "true", undo = "rm " .. v }
      parallel "group" { env = { V = v }, step "member" { run = "true" } }
      """)
    for name in [
      "run", "list", "env", "cwd", "stdin", "inputs", "outputs", "artifacts", "cache", "failover", "undo", "member",
    ] {
      #expect(try script.dependencies(name) == ["a"], "\(name)")
    }
  }

  @Test("field: when") func when() throws {
    #expect(try options("").when == .succeeded)
    #expect(try options(#"when = "failed""#).when == .failed)
    #expect(try options(#"when = "finished""#).when == .finished)
    guard case .callback = try options("when = function(deps) return true end").when else {
      Issue.record("no callback")
      return
    }
  }

  @Test("field: env") func env() throws {
    #expect(
      try options(#"env = { A = "x", PORT = 8080, DEBUG = true }"#).env == [
        "A": .plain("x"), "PORT": .plain("8080"), "DEBUG": .plain("true"),
      ])
  }

  @Test("field: cwd") func cwd() throws {
    #expect(try options("").cwd == nil)
    #expect(try options(#"cwd = "src""#).cwd == .plain("src"))
  }

  @Test("field: shell") func shell() throws {
    #expect(try options("").shell == ["/bin/sh", "-c"])
    #expect(try options(#"shell = { "/bin/bash", "-ec" }"#).shell == ["/bin/bash", "-ec"])
  }

  @Test("field: stdin") func stdin() throws {
    #expect(try options("").stdin == nil)
    #expect(try options(#"stdin = "yes\n""#).stdin == .plain("yes\n"))
  }

  @Test("field: timeout, as text and as a number of seconds") func timeout() throws {
    #expect(try options("").timeout == nil)
    #expect(try options(#"timeout = "1h30m""#).timeout == Span(seconds: 5400))
    #expect(try options(#"timeout = "250ms""#).timeout == Span(milliseconds: 250))
    #expect(try options("timeout = 90").timeout == Span(seconds: 90))
    #expect(try options("timeout = 0.5").timeout == Span(milliseconds: 500))
  }

  @Test("field: deadline") func deadline() throws {
    #expect(try options(#"deadline = "2h""#).deadline == Span(seconds: 7200))
  }

  @Test("field: grace") func grace() throws {
    #expect(try options("").grace == Span(seconds: 10))
    #expect(try options("grace = 0").grace == .zero)
  }

  @Test("field: retry, as a number and as a table") func retry() throws {
    #expect(try options("").retry == .none)
    #expect(try options("retry = 2").retry == RetryPolicy(attempts: 3))
    #expect(try options("retry = 0").retry == RetryPolicy(attempts: 1))
    #expect(
      try options(#"retry = { attempts = 3, backoff = "2s", factor = 1.5, max = "1m", jitter = 0.1 }"#).retry
        == RetryPolicy(attempts: 3, backoff: Span(seconds: 2), factor: 1.5, max: Span(seconds: 60), jitter: 0.1))
    #expect(
      try options(#"retry = { attempts = 3, when = { 75, "SIGKILL", "TERM", "timeout" } }"#).retry.when
        == .listed([.exitCode(75), .signal(9), .signal(15), .timeout]))
    #expect(try options(#"retry = { attempts = 3, when = "timeout" }"#).retry.when == .listed([.timeout]))
    guard case .callback = try options("retry = { attempts = 2, when = function(a) return a end }").retry.when else {
      Issue.record("no callback")
      return
    }
  }

  @Test("field: failover") func failover() throws {
    let found = try options(
      """
      failover = { { run = "b", timeout = "1s", env = { X = "1" } }, { executor = "local", retry = 1, grace = 1,
        cwd = "d", shell = { "bash", "-c" }, stdin = "in" } }
      """
    ).failover
    #expect(found.count == 2)
    #expect(found[0].command == .shell(.plain("b")))
    #expect(found[0].timeout == Span(seconds: 1))
    #expect(found[0].env == ["X": .plain("1")])
    #expect(found[1].command == nil)
    #expect(found[1].executor == .local)
    #expect(found[1].retry == RetryPolicy(attempts: 2))
    #expect(found[1].grace == Span(seconds: 1))
    #expect(found[1].cwd == .plain("d"))
    #expect(found[1].shell == ["bash", "-c"])
    #expect(found[1].stdin == .plain("in"))
  }

  @Test("field: allow_failure") func allowFailure() throws {
    #expect(try options("").allowFailure == false)
    #expect(try options("allow_failure = true").allowFailure)
  }

  @Test("field: priority, tags") func priorityAndTags() throws {
    #expect(try options("priority = -5").priority == -5)
    #expect(try options(#"tags = { "slow", "ui" }"#).tags == ["slow", "ui"])
    #expect(try options(#"tags = "slow""#).tags == ["slow"])
  }

  @Test("field: resources; a processor is taken where nothing else is said") func resources() throws {
    #expect(try options("").resources == ["cpu": 1])
    #expect(
      try options(#"resources = { cpu = 2, memory = "4G", ["browser"] = 1 }"#).resources
        == ["cpu": 2, "memory": 4_294_967_296, "browser": 1])
    #expect(try options(#"resources = { memory = "512M" }"#).resources == ["cpu": 1, "memory": 536_870_912])
    #expect(try options("resources = { cpu = 0 }").resources == ["cpu": 0])
  }

  @Test("field: mutex") func mutex() throws {
    #expect(try options(#"mutex = "db""#).mutex == "db")
  }

  @Test("field: inputs, outputs turn the cache on when both are there") func inputsAndOutputs() throws {
    let both = try options(#"inputs = { "src/**", "Makefile" }, outputs = "app""#)
    #expect(both.inputs == [.plain("src/**"), .plain("Makefile")])
    #expect(both.outputs == [.plain("app")])
    #expect(both.cache == .on)
    #expect(try options(#"inputs = {}, outputs = "app""#).cache == .on)
    #expect(try options(#"inputs = "src/**""#).cache == .off)
    #expect(try options(#"outputs = "app""#).cache == .off)
  }

  @Test("field: cache") func cache() throws {
    #expect(try options(#"cache = false, inputs = "a", outputs = "b""#).cache == .off)
    #expect(try options("cache = true").cache == .on)
    #expect(try options(#"cache = { key = "v1" }"#).cache == .keyed(.literal("v1")))
  }

  @Test("field: artifacts") func artifacts() throws {
    #expect(try options(#"artifacts = { "report.html" }"#).artifacts == [.plain("report.html")])
  }

  @Test("field: executor") func executor() throws {
    #expect(try options(#"executor = "local""#).executor == .local)
    var container = ContainerSpec(image: .plain("alpine:3"))
    #expect(try options(#"executor = container "alpine:3""#).executor == .container(container))
    container.engine = "podman"
    container.user = .plain("1000:1000")
    container.network = .plain("none")
    container.mounts = [.plain("/data"), .plain("/var/cache:/cache:ro")]
    container.pids = 50
    container.pull = .never
    let said = try options(
      """
      executor = container { image = "alpine:3", engine = "podman", user = "1000:1000", network = "none",
        mounts = { "/data", "/var/cache:/cache:ro" }, pids = 50, pull = "never" }
      """
    ).executor
    #expect(said == .container(container))
  }

  @Test("field: executor, of pods") func pods() throws {
    var pod = PodSpec()
    pod.manifest = .plain("pod.yaml")
    #expect(try options(#"executor = pod "pod.yaml""#).executor == .pod(pod))
    pod.container = .plain("main")
    pod.context = .plain("kind-ci")
    pod.publish = ["http": 80]
    pod.isShared = true
    let said = try options(
      """
      executor = pod { manifest = "pod.yaml", container = "main", context = "kind-ci", publish = { http = 80 }, shared = true }
      """
    ).executor
    #expect(said == .pod(pod))
    let own = try Lua.load("service \"s\" { executor = pod \"p.yaml\", failover = { { executor = pod \"q.yaml\" } } }")
    #expect(own.plan.nodes.first?.service?.command == .program([]), "it runs what its manifest says")
    for executor in ["container \"i\"", "pod { image = \"i\" }"] {
      let own = try Lua.load("service \"s\" { executor = \(executor) }")
      #expect(own.plan.nodes.first?.service?.command == .program([]), "it runs what its image says")
    }
    for (fields, mistake) in [
      ("executor = \"local\"", "\"run\" is missing"), ("ports = \"a\"", "\"run\" is missing"),
      ("executor = ssh \"h\"", "\"run\" is missing"),
      ("executor = pod \"p\", cwd = \"x\"", "\"cwd\" needs \"run\""),
      ("executor = container \"i\", failover = { { executor = \"local\" } }", "\"failover[1]\" needs \"run\""),
      ("executor = pod \"p\", failover = { { executor = \"local\" } }", "\"failover[1]\" needs \"run\""),
    ] {
      #expect(Lua.mistakes("service \"s\" { \(fields) }").contains(mistake), "\(fields)")
    }
    #expect(
      Lua.mistakes(
        """
        step "a" { run = "true", executor = pod {} }
        step "b" { run = "true", executor = pod { manifest = "a", image = "b", shared = true, manifst = 1 } }
        step "c" { run = "true", executor = pod { image = "b", container = "x", namespace = "ci" } }
        step "d" { run = "true", executor = "kubernetes" }
        """)
          == """
          test.lua:1:26: error: step "a": "executor" needs "manifest" or "image"
            such as pod { manifest = "pod.yaml" }
          test.lua:2:26: error: step "b": "executor" has either a manifest or an image
            a manifest names the images of its containers
          test.lua:2:72: error: step "b": "executor.shared" is for a cluster
            without a context, pods run on this machine and have its files anyway: leave it out
          test.lua:2:87: error: step "b": there is no field "manifst" in "executor"
            did you mean "manifest"?
          test.lua:3:56: error: step "c": "executor.container": a pod of an image has one container alone
            leave it out
          test.lua:3:73: error: step "c": "executor.namespace" is no field of a pod
            its namespace is that of its manifest (metadata.namespace), or of the context
          test.lua:4:26: error: step "d": "executor" must be "local", container { image = "…" }, ssh { host = "…" } or \
          pod { manifest = "…" }, not "kubernetes"
            pod { manifest = "…" }
          """)
  }

  @Test("what an executor is made of may be known later, and its step is waited for") func executorRefs() throws {
    let script = try Lua.load(
      """
      local build = step "build" { run = "true" }
      step "a" { run = "true", executor = container { image = build.out.image } }
      step "b" { run = "true", failover = { { executor = container { image = "x", user = build.out.user } } } }
      workflow "w" { executor = container "alpine:3" }
      parallel "g" { executor = container "debian:12", step "c" "true", step "d" { run = "true", executor = "local" } }
      """)
    #expect(try script.dependencies("a") == ["build"])
    #expect(try script.dependencies("b") == ["build"])
    #expect(try script.options("build").executor == .container(ContainerSpec(image: .plain("alpine:3"))))
    #expect(try script.options("c").executor == .container(ContainerSpec(image: .plain("debian:12"))))
    #expect(try script.options("d").executor == .local)
  }

  @Test("mistakes in an executor are told with their cure") func executorMistakes() {
    #expect(
      Lua.mistakes(
        """
        step "a" { run = "true", executor = container { engine = "lxc", mounts = "data", pids = 0, pull = "no", no = 1 } }
        step "b" { run = "true", executor = container { image = "--privileged" } }
        step "c" { run = "true", container = "alpine" }
        """)
          == """
          test.lua:1:26: error: step "a": "executor" needs "image"
            such as container { image = "alpine:3" }
          test.lua:1:49: error: step "a": "executor.engine" must be "docker" or "podman", not "lxc"
          test.lua:1:65: error: step "a": "executor.mounts": "data" does not begin with an absolute path
            OUTSIDE, OUTSIDE:INSIDE or OUTSIDE:INSIDE:ro, such as "/var/cache/shop:/cache:ro"
          test.lua:1:82: error: step "a": "executor.pids" must be how many processes at most, from 1 on, not 0
          test.lua:1:92: error: step "a": "executor.pull" must be "missing", "always" or "never", not "no"
          test.lua:1:105: error: step "a": there is no field "no" in "executor"
            known: engine, image, mounts, network, pids, publish, pull, user
          test.lua:2:49: error: step "b": "executor.image" can't be "--privileged"
            such as image = "alpine:3"
          test.lua:3:26: error: step "c": there is no field "container"
            did you mean "executor"?
          """)
  }

  @Test("field: executor, on another host") func executorHosts() throws {
    var host = SSHSpec(host: .plain("build1"))
    #expect(try options(#"executor = ssh "build1""#).executor == .ssh(host))
    host.user = .plain("ci")
    host.port = .plain("2222")
    host.identity = .plain("keys/ci")
    host.config = .plain("ssh.conf")
    host.folder = .plain("/srv/work")
    let said = try options(
      """
      executor = ssh { host = "build1", user = "ci", port = 2222, identity = "keys/ci", config = "ssh.conf",
        folder = "/srv/work" }
      """
    ).executor
    #expect(said == .ssh(host))
    #expect(
      Lua.mistakes(
        """
        step "a" { run = "true", executor = ssh { port = 70000, usr = "x" } }
        step "b" { run = "true", executor = ssh "-oProxyCommand=x" }
        step "c" { run = "true", executor = ssh { host = "x", shared = true, folder = "/x" } }
        """)
          == """
          test.lua:1:26: error: step "a": "executor" needs "host"
            such as ssh { host = "build1" }
          test.lua:1:43: error: step "a": "executor.port" must be a number from 1 to 65535, not 70000
          test.lua:1:57: error: step "a": there is no field "usr" in "executor"
            did you mean "user"?
          test.lua:2:26: error: step "b": "executor.host" can't be "-oProxyCommand=x"
            such as host = "build1"
          test.lua:3:26: error: step "c": "executor" has either "shared" or a folder of its own
          """)
  }

  @Test("field: undo") func undo() throws {
    #expect(try options(#"undo = "rm -r dist""#).undo == .shell(.plain("rm -r dist")))
    #expect(try options(#"undo = { "rm", "-r" }"#).undo == .program([.plain("rm"), .plain("-r")]))
  }

  @Test("field: interrupted") func interrupted() throws {
    #expect(try options("").interrupted == .rerun)
    #expect(try options(#"interrupted = "ask""#).interrupted == .ask)
    #expect(try options(#"interrupted = "fail""#).interrupted == .fail)
  }

  @Test("field: description") func description() throws {
    #expect(try options(#"description = "Builds it""#).description == "Builds it")
  }

  @Test("a node knows which fields it was given") func given() throws {
    #expect(try options(#"timeout = "1s", retry = 1"#).given == ["timeout", "retry"])
  }
}
