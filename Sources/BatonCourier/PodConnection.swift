import BatonModel
import BatonSystem

/// The way to a shell in a container of a Pod: `podman exec`, `kubectl exec`.
struct PodConnection: HostConnection {
  let program: PodProgram
  let pod: String
  let container: String
  /// `OUTSIDE:INSIDE`: ports of this machine that lead to the Pod's while a service runs. Podman's lead there anyway.
  var forwards: [String] = []
  /// A file of this machine, in which the forwarder says what is wrong.
  var complaints = "/dev/null"

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
    exec tar -cf - -- "$@"
    """#
  }

  /// A folder for what the attempt is handed: images may run as somebody who has none of their own.
  private static let home = "[ -w \"${HOME:-/}\" ] || export HOME=/tmp; "

  func command(_ script: String, _ arguments: [String], forwarding: Bool) -> [String] {
    let own = ["/bin/sh", "-c", Self.home + script, "sh"] + arguments
    guard program.context != nil else { return [program.path, "exec", "--interactive", "\(pod)-\(container)"] + own }
    let exec = program.words + ["exec", "--stdin", "--quiet", pod, "--container", container, "--"] + own
    return forwarding ? tunnelled(exec) : exec
  }

  /// A command beside which ports of this machine lead to the Pod's.
  private func tunnelled(_ command: [String]) -> [String] {
    guard !forwards.isEmpty else { return command }
    let forward = program.words + ["port-forward", "--address", "127.0.0.1", "pod/\(pod)"] + forwards
    // The tunnel falls with a connection that breaks, and is dug again as long as the service runs. Why it fell is told, once for each
    // reason in turn.
    let keep = """
      errors=$1; shift
      (
        trap 'kill "$!" 2>/dev/null; exit' TERM
        told=
        while :; do
          \(forward.map(SSHConnection.quoted).joined(separator: " ")) </dev/null >/dev/null 2>"$errors" & wait "$!"
          said=$(tail -n 1 "$errors")
          if [ "$said" != "$told" ]; then printf 'baton: the tunnel to the pod fell: %s\\n' "$said" >&2; told=$said; fi
          sleep 0.2 & wait "$!"
        done
      ) &
      tunnel=$!; "$@"; code=$?; kill "$tunnel"; [ "$errors" = /dev/null ] || rm -f -- "$errors"; exit "$code"
      """
    return ["/bin/sh", "-c", keep, "sh", complaints] + command
  }

  /// What its container prints; ends with it.
  ///
  /// - Parameter moment: since when; nil: from its beginning on.
  func following(since moment: Instant?) -> [String] {
    guard program.context != nil else {
      return [program.path, "logs", "--follow"] + (moment.map { ["--since", $0.rfc3339] } ?? [])
        + ["\(pod)-\(container)"]
    }
    return tunnelled(
      program.words + ["logs", "--follow"] + (moment.map { ["--since-time=\($0.rfc3339)"] } ?? [])
        + [pod, "--container", container])
  }

  /// The words by which its container is asked to end.
  func asking(_ grace: Span) -> [String] {
    program.context == nil
      ? ["kill", "--signal", "TERM", "\(pod)-\(container)"]
      : ["delete", "pod", pod, "--grace-period=\(max(1, grace.milliseconds / 1000))", "--wait=false"]
  }

  /// Why nobody knows how a container does.
  struct Unseen: Error {
    var error: BatonError
    /// It may be known in a moment.
    var passes: Bool
  }

  /// How its container does.
  ///
  /// - Parameter isOwn: it runs what the manifest says.
  func state(isOwn: Bool) throws(Unseen) -> PodState {
    let isHere = program.context == nil
    let words =
      isHere
      ? ["container", "inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", "\(pod)-\(container)"]
      : ["get", "pod", pod, "--output", "json"]
    let told: Child.End
    do throws(BatonError) { told = try program.perform(words, environment) } catch {
      throw Unseen(error: error, passes: false)
    }
    let said = String(decoding: told.output, as: UTF8.self)
    // Warnings may stand before it.
    if told.code == 0, !isHere, let fields = try? JSON.decode(Array(told.output.drop { $0 != UInt8(ascii: "{") })) {
      return PodState(fields, container, isOwn: isOwn)
    }
    let fields = said.split(whereSeparator: \.isWhitespace)
    if told.code == 0, isHere, fields.count == 2 {
      return fields[0] == "true" ? .running : .ended(Int32(fields[1]) ?? 1)
    }
    throw Unseen(error: failure([said], isAsked: false), passes: !PodFailure.isFinal(said))
  }

  func failure(_ said: [String], isAsked: Bool) -> BatonError {
    PodFailure.error(said.joined(separator: "\n"), program, isAsked: isAsked)
  }
}
