import BatonModel
import Glibc
import Testing

/// What Pods alone have: manifests, networks, clusters, and their own ways to fail. What they have in common with other places:
/// `Places`.
@Suite struct PodRuns {
  private static let image = ContainerEngineUnderTest.image

  private func place(_ workflow: String, _ files: [String: String] = [:]) throws -> (Sandbox, ContainerEngineUnderTest)
  {
    let sandbox = try Sandbox(files.merging(["w.lua": workflow + "\n"]) { $1 })
    return (sandbox, try ContainerEngineUnderTest(.podman, sandbox))
  }

  private func expectNothingLeft(_ engine: ContainerEngineUnderTest, _ sandbox: Sandbox) throws {
    #expect(try engine.pods() == [])
    #expect(try engine.containers() == [])
    #expect(sandbox.leftovers() == [])
    #expect(Disk.files(below: sandbox.path(".baton")).filter { $0.contains("/elsewhere/") } == [], "no note")
  }

  @Test("A service listens at a port of its pod's own; another manifest is other work")
  func published() throws {
    let (sandbox, engine) = try place(
      """
      local web = service "web" {
        executor = pod { manifest = "pod.yaml", publish = { http = 80 } }, ports = "http", grace = "1s",
        run = [[echo "$BATON_PORT_HTTP" > /tmp/port; exec busybox httpd -f -p 80 -h /tmp]],
        ready = probe.http("http://127.0.0.1:" .. service.port.http .. "/port"),
        outputs = { url = "http://127.0.0.1:" .. service.port.http },
      }
      step "use" { run = "curl -sf " .. web.out.url .. "/port >> answer" }
      step "plain" { executor = pod { image = "\(Self.image)" }, run = "echo plain >> plain" }
      step "fails" { depends = { "use", "plain" }, run = "exit 1" }
      """,
      [
        "pod.yaml": PlaceUnderTest.manifest.replacing("name: beside", with: "name: main2").replacing(
          "  containers:", with: "  hostNetwork: false\n  containers:")
      ])
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(sandbox.lines("answer") == ["80"] && sandbox.lines("plain") == ["plain"], "\(finished.account)")
    let attempt = try sandbox.show().json["steps"]?.list?.first { $0["step"] == "plain" }?["attempts"]?.list?.first
    #expect(attempt?["executor"]?.string == "pod \(Self.image)")

    let kept = try sandbox.baton("resume", env: engine.variables)
    #expect(sandbox.lines("answer").count == 1 && !kept.account.contains("executor.manifest"), "\(kept.account)")
    try sandbox.write("pod.yaml", (sandbox.read("pod.yaml") ?? "") + "  terminationGracePeriodSeconds: 1\n")
    let changed = try sandbox.baton("resume", env: engine.variables)
    #expect(changed.account.contains("contents of executor.manifest changed"), "\(changed.account)")
    #expect(sandbox.lines("answer").count == 2 && sandbox.lines("plain").count == 1)
    try expectNothingLeft(engine, sandbox)
  }

  @Test("A service without run is what its manifest says: its output, its end, its grace", arguments: [false, true])
  func ownProgram(_ inCluster: Bool) throws {
    let context = inCluster ? ", context = \"ci\"" : ""
    let (sandbox, engine) = try place(
      """
      local web = service "web" {
        executor = pod { manifest = "web.yaml", publish = { http = 80 }\(context) }, ports = "http", env = { WORD = "well" },
        restart = { attempts = 3, backoff = "100ms" }, grace = "5s",
        ready = probe.http("http://127.0.0.1:" .. service.port.http .. "/word"),
        outputs = { url = "http://127.0.0.1:" .. service.port.http },
      }
      local worker = service "worker" {
        executor = pod { manifest = "worker.yaml"\(context) }, grace = "5s", restart = { attempts = 3, backoff = "100ms" },
        ready = probe.command "test -e /tmp/up", setup = [[echo "set up in $(basename "$PWD")"]], teardown = "echo torn down",
      }
      step "use" {
        depends = worker,
        run = "curl -sf " .. web.out.url .. "/word >> answer; touch begun; while [ ! -e go ]; do sleep 0.05; done",
      }
      """,
      [
        "web.yaml": """
        apiVersion: v1
        kind: Pod
        spec:
          containers:
            - name: main
              image: \(Self.image)
              imagePullPolicy: Never
              command: [sh, -c]
              args: ["echo $WORD at $BATON_PORT_HTTP; echo $WORD > /tmp/word; trap 'echo asked; exit 0' TERM; httpd -f -p 80 -h /tmp & wait"]

        """,
        "worker.yaml": Self.worker("touch /tmp/up; trap 'exit 0' TERM; sleep 1000 & wait"),
      ])
    let variables = try FakeCluster.install(in: sandbox, beside: engine)
    let run = try sandbox.start(["run", "w.lua"], env: variables)
    try sandbox.wait("the step runs", atMost: 60) { sandbox.read("begun") != nil }
    #expect(sandbox.lines("answer") == ["well"])
    // It dies: another takes its place.
    Disk.remove(sandbox.path("begun"))
    try engine.engine("kill", "--all")
    try sandbox.wait("the step runs again", atMost: 60) { sandbox.read("begun") != nil }
    try sandbox.write("go", "")
    let finished = try run.wait(atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("answer") == ["well", "well"])
    let log = try sandbox.baton("logs", "web").output
    #expect(log.contains("well at 80\n"), "\(log)")
    let first = try sandbox.baton("logs", "worker", "--attempt", "1").output
    #expect(first.contains("set up in "), "\(first)")
    #expect(try sandbox.baton("logs", "worker").output.contains("torn down"))
    try expectNothingLeft(engine, sandbox)
  }

  /// A manifest whose only container runs a text of the shell.
  private static func worker(_ script: String) -> String {
    """
    apiVersion: v1
    kind: Pod
    spec:
      containers:
        - name: main
          image: \(image)
          imagePullPolicy: Never
          command: [sh, -c]
          args: ["\(script)"]

    """
  }

  @Test("A cluster lets a pod wait, and breaks a connection: what is printed meanwhile comes all the same")
  func broken() throws {
    let (sandbox, engine) = try place(
      """
      local worker = service "worker" {
        executor = pod { manifest = "worker.yaml", context = "ci" }, grace = "5s", ready = probe.command "test -e /tmp/up",
      }
      step "use" { depends = worker, run = "touch begun; while [ ! -e go ]; do sleep 0.05; done" }
      """,
      [
        "worker.yaml": Self.worker(
          "echo before; touch /tmp/up; trap 'exit 0' TERM; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo meanwhile; sleep 1000 & wait"
        )
      ])
    let variables = try FakeCluster.install(in: sandbox, beside: engine)
    try sandbox.write("bin/waits", "0/1 nodes have room")
    let run = try sandbox.start(["run", "w.lua"], env: variables)
    try sandbox.wait("the step runs", atMost: 60) { sandbox.read("begun") != nil }
    try sandbox.wait("what came before is heard", atMost: 30) {
      (try? sandbox.baton("logs", "worker").output.contains("before")) == true
    }
    try sandbox.write("bin/down", "")
    try sandbox.write("bin/break", "")
    try sandbox.wait("the connection is broken", atMost: 30) { sandbox.read("bin/break") == nil }
    try sandbox.wait("the pod was looked for in vain", atMost: 30) { sandbox.lines("bin/down").count >= 2 }
    let pod = try #require(try engine.pods().first)
    try engine.engine("exec", "\(pod)-main", "touch", "/tmp/go")
    try sandbox.wait("it is printed", atMost: 30) {
      (try? engine.engine("logs", "\(pod)-main").output.contains("meanwhile")) == true
    }
    Disk.remove(sandbox.path("bin/down"))
    try sandbox.wait("it is heard", atMost: 30) {
      (try? sandbox.baton("logs", "worker").output.contains("meanwhile")) == true
    }
    try sandbox.write("go", "")
    let finished = try run.wait(atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    let log = try sandbox.baton("logs", "worker").output
    #expect(log.contains("baton: the pod waits: 0/1 nodes have room\n"), "\(log)")
    #expect(log.split(separator: "before").count == 2, "it is told once: \(log)")
    try expectNothingLeft(engine, sandbox)
  }

  @Test("What the kernel kills at a pod's limit of memory is told of, with the limit that counts")
  func memory() throws {
    let (sandbox, engine) = try place(
      """
      local run = [[x=$(dd if=/dev/zero bs=1M count=100 2>/dev/null | tr "\\0" a); echo ${#x}]]
      step "asked" { executor = pod { image = "\(Self.image)" }, resources = { memory = "32M" }, run = run, allow_failure = true }
      step "given" { executor = pod "limited.yaml", resources = { memory = "64M" }, run = run, allow_failure = true }
      """,
      [
        "limited.yaml": Self.worker("exit 1").replacing(
          "imagePullPolicy: Never", with: "imagePullPolicy: Never\n      resources: {limits: {memory: 33554432}}")
      ])
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables, atMost: 120)
    #expect(finished.code == 0, "\(finished.account)")
    for step in ["asked", "given"] {
      #expect(try sandbox.show().steps[step]?.reason == "killed by SIGKILL", "\(finished.account)")
      let log = try sandbox.baton("logs", step).output
      #expect(log.contains("resources.memory is 32") == (step == "asked"), "\(log)")
    }
    try expectNothingLeft(engine, sandbox)
  }

  @Test("What a pod cannot do is told with its cure")
  func failures() throws {
    let (sandbox, engine) = try place(
      """
      local function of(fields) return { executor = pod(fields), run = "true", allow_failure = true } end
      step "image" (of "image.yaml")
      step "missing" (of "no-such.yaml")
      step "kind" (of "job.yaml")
      step "yaml" (of "bad.yaml")
      step "container" (of { manifest = "image.yaml", container = "other" })
      step "cluster" (of { image = "x", context = "no-such" })
      step "program" { executor = pod { image = "\(Self.image)" }, run = { "no-such-program" }, allow_failure = true }
      step "folder" { executor = pod { image = "\(Self.image)" }, run = "true", cwd = "no-such-folder", allow_failure = true }
      step "of-image" { executor = pod { image = "localhost/baton-folder:1" }, run = "pwd", cwd = "/only/in/the/image" }
      """,
      [
        "image/Containerfile": "FROM \(Self.image)\nCOPY Containerfile /only/in/the/image/\n",
        "image.yaml":
          "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {name: main, image: localhost/no-such:1, imagePullPolicy: Never}\n",
        "job.yaml": "apiVersion: batch/v1\nkind: Job\n", "bad.yaml": "apiVersion: v1\nkind: [Pod\n",
      ])
    let variables = try FakeCluster.install(in: sandbox, beside: engine)
    let made = try engine.engine("build", "--tag", "localhost/baton-folder:1", "image")
    #expect(made.code == 0, "\(made.account)")
    let finished = try sandbox.baton("run", "w.lua", env: variables)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(try sandbox.baton("logs", "of-image").output == "/only/in/the/image\n")
    let state = try sandbox.show()
    for (step, parts) in [
      "image": ["there is no such image", "localhost/no-such:1", "podman pull"],
      "missing": ["cannot read the manifest no-such.yaml: No such file"],
      "kind": ["job.yaml:2:7: kind is \"Job\": what runs is a Pod", "spec.template"],
      "yaml": ["bad.yaml:", "bad YAML"], "container": ["has no container \"other\"; it has main"],
      "cluster": ["kubectl knows no context no-such", "kubectl config get-contexts"],
      "program": ["cannot run \"no-such-program\": no such program"], "folder": ["no-such-folder\": no such folder"],
    ] {
      let reason = state.steps[step]?.reason ?? ""
      for part in parts { #expect(reason.contains(part), "\(step): \(reason)") }
    }
    try expectNothingLeft(engine, sandbox)
    for (fields, part) in [
      ("context = \"c\"", "kubectl is not in PATH"), ("context = nil", "podman is not in PATH"),
    ] {
      try sandbox.write("x.lua", "step 's' { executor = pod { image = 'x', \(fields) }, run = 'true' }\n")
      let nothing = try sandbox.baton("run", "x.lua", env: ["PATH": "/no/such/folder"])
      #expect(nothing.code == 1 && nothing.account.contains(part), "\(nothing.account)")
    }
  }

  @Test("With a context, kubectl takes it to a cluster: files go there and back, services are at home, nothing is left")
  func cluster() throws {
    let (sandbox, engine) = try place(
      """
      workflow "w" { executor = pod { manifest = "pod.yaml", container = "main", context = "ci" } }
      step "files" {
        run = "test ! -e w.lua && cat in.txt > out.txt && echo version=1.4 >> $BATON_OUTPUT", inputs = "in.txt", outputs = "out.txt",
        cache = false,
      }
      local web = service "web" {
        executor = pod { manifest = "pod.yaml", container = "main", context = "ci", publish = { http = 80 } },
        ports = "http", grace = "1s", run = "echo well > /tmp/index.html; exec busybox httpd -f -p 80 -h /tmp",
        ready = probe.http("http://127.0.0.1:" .. service.port.http .. "/index.html"),
        outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/index.html" },
      }
      step "use" { executor = "local", run = "curl -sf " .. web.out.url .. " > answer" }
      step "exits" { run = "exit 7", allow_failure = true }
      step "long" {
        depends = { "use", "exits", "files" }, executor = pod { manifest = "pod.yaml", container = "main", context = "ci", shared = true },
        grace = "1s", run = "test -e again || { touch begun; sleep 100; }",
      }
      """, ["pod.yaml": PlaceUnderTest.manifest, "in.txt": "from here\n"])
    let variables = try FakeCluster.install(in: sandbox, beside: engine)
    let run = try sandbox.start(["run", "w.lua"], env: variables)
    try sandbox.wait("the last step runs", atMost: 90) { sandbox.read("begun") != nil }
    #expect(sandbox.read("out.txt") == "from here\n" && sandbox.read("answer") == "well\n")
    let state = try sandbox.show()
    #expect(state.steps["files"]?.values["version"]?.string == "1.4")
    #expect(state.steps["exits"]?.reason == "exit code 7")
    #expect(try engine.pods().count == 1, "that of the step which runs")
    // The engine is gone, and all that it has started here.
    run.send(SIGKILL)
    _ = try run.wait()
    for process in sandbox.processes() where process > 1 { kill(process, SIGKILL) }
    #expect(try engine.pods().count == 1)
    try sandbox.write("again", "")
    let resumed = try sandbox.baton("resume", env: variables)
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(resumed.account.contains("of ci"), "it is told what was ended: \(resumed.account)")
    try expectNothingLeft(engine, sandbox)
  }
}

/// A `kubectl` whose cluster is Podman on this machine. It takes the words that Baton says, and no others.
///
/// Files beside it: `waits`, a Pod waits for that reason when it is looked at first; `break`, connections are broken; `down`, looks are in
/// vain, and are noted there.
enum FakeCluster {
  /// - Returns: the variables with which Baton finds both it and the engine.
  static func install(in sandbox: Sandbox, beside engine: ContainerEngineUnderTest) throws -> [String: String] {
    try sandbox.write("bin/kubectl", script)
    try sandbox.command("chmod", "+x", "bin/kubectl")
    let path = "\(sandbox.path("bin")):\(sandbox.environment["PATH"] ?? "")"
    return engine.variables.merging(["PATH": path]) { $1 }
  }

  private static let script = #"""
    #!/bin/sh
    [ "$1" = --context ] || { echo "error: unknown words $*" >&2; exit 1; }
    [ "$2" = ci ] || { echo "error: context \"$2\" does not exist" >&2; exit 1; }
    shift 2
    here=${0%/*}
    case "$*" in
      "logs --follow "*" --container main")
        since=
        for word; do
          case $word in --since-time=*) since="--since ${word#*=}" ;; baton-*) pod=$word-main ;; esac
        done
        podman logs --follow $since "$pod" &
        while kill -0 "$!" 2>/dev/null; do
          if [ -e "$here/break" ]; then kill "$!"; rm "$here/break"; echo "error: broken pipe" >&2; exit 1; fi
          sleep 0.05
        done
        wait "$!" ;;
      "delete pod "*" --grace-period="*" --wait=false") podman kill --signal TERM "$3-main" ;;
      "create --filename -") exec podman kube play - ;;
      "get pods --selector "*" --output name")
        labels=$4
        podman pod ps --format 'pod/{{.Name}}' --filter "label=${labels%%,*}" --filter "label=${labels#*,}" ;;
      "get pod "*" --output json")
        if [ -e "$here/down" ]; then
          echo x >> "$here/down"; echo "Unable to connect to the server: net/http: TLS handshake timeout" >&2; exit 1
        fi
        if [ -e "$here/waits" ]; then
          printf '{"status":{"conditions":[{"type":"PodScheduled","status":"False","message":"%s"}]}}' "$(cat "$here/waits")"
          rm "$here/waits"; exit 0
        fi
        podman container inspect --format \
          '{{if .State.Running}}{"status":{"containerStatuses":[{"name":"main","state":{"running":{}}}]}}{{else}}{"status":{"containerStatuses":[{"name":"main","state":{"terminated":{"exitCode":{{.State.ExitCode}}}}}]}}{{end}}' \
          "$3-main" ;;
      "exec --stdin --quiet "*)
        pod=$4; container=$6; [ "$5$7" = "--container--" ] || { echo "error: bad exec" >&2; exit 1; }
        shift 7; exec podman exec --interactive "$pod-$container" "$@" ;;
      "delete pod --ignore-not-found --now --timeout=60s "*)
        shift 5; podman pod kill "$1" >/dev/null 2>&1; podman pod rm --force "$1" 2>/dev/null || : ;;
      "port-forward --address 127.0.0.1 pod/"*)
        pod=${4#pod/}
        export CLIENT="$(command -v podman)"
        exec python3 -c '
    import os, socket, subprocess, sys
    server = socket.create_server(("127.0.0.1", int(sys.argv[2])))
    while True:
        peer = server.accept()[0]
        subprocess.Popen([os.environ["CLIENT"], "exec", "--interactive", sys.argv[1], "nc", "127.0.0.1", sys.argv[3]],
                         stdin=peer, stdout=peer)
        peer.close()
    ' "$pod-main" "${5%:*}" "${5#*:}" ;;
      *) echo "error: unknown words $*" >&2; exit 1 ;;
    esac

    """#
}
