import BatonModel
import BatonSystem

/// The way to a shell in a container of a Pod: `podman exec`, `kubectl exec`.
struct PodConnection: HostConnection {
  let program: PodProgram
  let pod: String
  let container: String
  /// `OUTSIDE:INSIDE`: ports of this machine that lead to the Pod's while a service runs. Podman's lead there anyway.
  var forwards: [String] = []

  var text: String { "pod \(pod)" }
  var environment: [String: String] { Client.surroundings() }
  var isTransient: Bool { true }

  /// Not every `tar` of an image reads names.
  var sending: String {
    #"""
    base=${XDG_CACHE_HOME:-$HOME/.cache}/baton/$1; cd -- "${2:-$base/files}" || exit 1
    if tar --help 2>&1 | grep -q -e -T; then exec tar -cf - -T -; fi
    set --
    while IFS= read -r name; do set -- "$@" "$name"; done
    exec tar -cf - "$@"
    """#
  }

  /// A folder for what the attempt is handed: images may run as somebody who has none of their own.
  private static let home = "[ -w \"${HOME:-/}\" ] || export HOME=/tmp; "

  func command(_ script: String, _ arguments: [String], forwarding ports: [String]) -> [String] {
    let own = ["/bin/sh", "-c", Self.home + script, "sh"] + arguments
    guard program.context != nil else { return [program.path, "exec", "--interactive", "\(pod)-\(container)"] + own }
    let exec = program.words + ["exec", "--stdin", "--quiet", pod, "--container", container, "--"] + own
    return ports.isEmpty ? exec : tunnelled(exec)
  }

  /// A command beside which ports of this machine lead to the Pod's.
  private func tunnelled(_ command: [String]) -> [String] {
    guard !forwards.isEmpty else { return command }
    let forward = program.words + ["port-forward", "--address", "127.0.0.1", "pod/\(pod)"] + forwards
    // The tunnel falls with a connection that breaks, and is dug again as long as the service runs.
    let keep = """
      (while :; do \(forward.map(SSHConnection.quoted).joined(separator: " ")) >/dev/null 2>&1 </dev/null; sleep 0.2; done) &
      tunnel=$!; "$@"; code=$?; kill "$tunnel"; exit "$code"
      """
    return ["/bin/sh", "-c", keep, "sh"] + command
  }

  /// What its container prints, from its beginning on or from now; ends with it.
  func following(all: Bool) -> [String] {
    guard program.context != nil else {
      return [program.path, "logs", "--follow"] + (all ? [] : ["--tail", "0"]) + ["\(pod)-\(container)"]
    }
    return tunnelled(
      program.words + ["logs", "--follow"] + (all ? [] : ["--tail=0"]) + [pod, "--container", container])
  }

  /// The words by which its container is asked to end.
  func asking(_ grace: Span) -> [String] {
    program.context == nil
      ? ["kill", "--signal", "TERM", "\(pod)-\(container)"]
      : ["delete", "pod", pod, "--grace-period=\(max(1, grace.milliseconds / 1000))", "--wait=false"]
  }

  /// The exit code of its container; nil: it runs.
  func end() throws(BatonError) -> Int32? {
    guard program.context != nil else {
      let told = try program.perform(
        ["container", "inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", "\(pod)-\(container)"],
        environment)
      let words = String(decoding: told.output, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      guard told.code == 0, words.count == 2 else {
        throw failure([String(decoding: told.output, as: UTF8.self)], isAsked: false)
      }
      return words[0] == "true" ? nil : Int32(words[1]) ?? 1
    }
    let told = try program.perform(["get", "pod", pod, "--output", "json"], environment)
    guard told.code == 0, let fields = try? JSON.decode(told.output) else {
      throw failure([String(decoding: told.output, as: UTF8.self)], isAsked: false)
    }
    let own = fields["status"]?["containerStatuses"]?.list?.first { $0["name"]?.string == container }
    return own?["state"]?["terminated"].map { $0["exitCode"]?.integer.map { Int32(clamping: $0) } ?? 1 }
  }

  func failure(_ said: [String], isAsked: Bool) -> BatonError {
    PodFailure.error(said.joined(separator: "\n"), program, isAsked: isAsked)
  }
}
