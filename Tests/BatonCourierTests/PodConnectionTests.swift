import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc
import Testing

@testable import BatonCourier

/// The way to a Pod of a cluster, with a `kubectl` that is a script.
@Suite final class PodConnectionTests {
  private let folder: String

  init() throws { folder = try #require(Disk.temporaryFolder()) }
  deinit { Disk.remove(folder) }

  private func connection(_ script: String) throws -> PodConnection {
    let path = "\(folder)/kubectl"
    try Disk.write(Array("#!/bin/sh\ncd \(folder)\n\(script)\n".utf8), to: path)
    chmod(path, 0o755)
    return PodConnection(
      program: PodProgram(path: path, context: "ci"), pod: "baton-x", container: "main", forwards: ["1:2"],
      complaints: "\(folder)/complaints")
  }

  @Test func `a tunnel that falls tells why, once, and none is left behind what it was for`() throws {
    let connection = try connection(
      """
      case "$*" in
        *port-forward*)
          echo x >> tries
          if [ "$(wc -l < tries)" -lt 3 ]; then echo "error: the port is taken" >&2; exit 1; fi
          echo $$ > pid; exec sleep 1000 ;;
        *) while [ ! -s pid ]; do sleep 0.05; done; exit 7 ;;
      esac
      """)
    let words = connection.command("true", [], forwarding: true)
    var child = Child(words[0], Array(words.dropFirst()))
    child.errors = .gathered
    let end = try child.run(limit: Span(seconds: 30))
    let said = String(decoding: end.output, as: UTF8.self)
    #expect(end.code == 7 && end.exceeded == nil, "\(said)")
    #expect(said == "baton: the tunnel to the pod fell: error: the port is taken\n")
    let text = String(decoding: try #require(Disk.read("\(folder)/pid")), as: UTF8.self)
    let process = try #require(pid_t(text.prefix { $0 != "\n" }))
    var wait = pollfd(fd: baton_pidfd_open(process), events: Int16(POLLIN), revents: 0)
    defer { if wait.fd >= 0 { close(wait.fd) } }
    #expect(wait.fd < 0 || poll(&wait, 1, 10_000) == 1, "the forwarder itself is ended")
    #expect(!Disk.isFile("\(folder)/complaints"))
    #expect(connection.command("true", [], forwarding: false)[0] == "\(folder)/kubectl")
  }

  @Test func `what is printed while a connection is broken is asked for again`() throws {
    var connection = try connection("exit 1")
    connection.forwards = []
    let moment = Instant(milliseconds: 1_769_860_800_500)
    #expect(!connection.following(since: nil).contains { $0.contains("since") || $0.contains("tail") })
    #expect(connection.following(since: moment).contains("--since-time=2026-01-31T12:00:00.500Z"))
    let here = PodConnection(program: PodProgram(path: "podman", context: nil), pod: "p", container: "main")
    #expect(
      here.following(since: moment) == ["podman", "logs", "--follow", "--since", "2026-01-31T12:00:00.500Z", "p-main"])
  }

  @Test(arguments: [
    ("echo 'Unable to connect to the server: net/http: TLS handshake timeout' >&2; exit 1", true),
    ("echo nonsense", true), (#"echo 'Error from server (NotFound): pods "x" not found' >&2; exit 1"#, false),
    (#"echo 'Error from server (Forbidden): pods "x" is forbidden' >&2; exit 1"#, false),
  ])
  func `a look that fails is another's end only where another look would find the same`(
    _ script: String, _ passes: Bool
  ) throws {
    let connection = try connection(script)
    let error = #expect(throws: PodConnection.Unseen.self) { try connection.state(isOwn: true) }
    #expect(error?.passes == passes, "\(error?.error.message ?? "")")
  }

  @Test func `names of files that begin with a hyphen are none of the words of tar`() throws {
    let connection = try connection("exit 1")
    #expect(connection.sending.contains("tar -cf - -- \"$@\""))
  }

  @Test func `what names clusters is found from anywhere`() {
    #expect(PodProgram.configuration("a/config:/b::~c", in: "/project") == "/project/a/config:/b::/project/~c")
  }

  @Test func `each namespace has a note of its own`() throws {
    let job = try #require(
      CourierJob(
        [
          "run": "k7", "notes": .string(folder), "grace": 1, "folders": [], "step": "s", "attempt": 1,
          "arguments": [], "environment": [:], "folder": "/", "pod": ["given": "x"],
        ]))
    for namespace in [nil, "one", "two"] {
      let note = Note(PodProgram(path: "kubectl", context: "ci", namespace: namespace), name: "n", job: job)
      #expect(!note.isWritten)
      try note.write()
      #expect(note.isWritten)
    }
    #expect(Disk.names(in: folder).sorted() == ["n-pod-ci-one.json", "n-pod-ci-two.json", "n-pod-ci.json"])
  }
}
