import BatonModel
import BatonRuntime

/// Why an engine did not run an attempt, as far as its words tell.
///
/// Both programs end with 125 for what they could not do, 126 for what cannot be executed and 127 for a program that is not there;
/// so may what runs in the container. What they say themselves begins with `Error:` (podman) or `docker:`.
enum ContainerFailure {
  case nameTaken
  case noInit
  /// What is wrong, and how to mend it.
  case other(String)

  var text: String {
    switch self {
    case .nameTaken: "its container's name is taken by one that cannot be removed"
    case .noInit: "the engine has no program for the first process of a container (catatonit, tini)"
    case .other(let text): text
    }
  }

  init?(_ code: Int32, _ tail: [UInt8], _ command: ContainerCommand) {
    if command.hasInit, let failure = Self.ofInit(tail, command) {
      self = failure
      return
    }
    guard (125...127).contains(code) else { return nil }
    let said = String(decoding: tail, as: UTF8.self)
    let (engine, errand) = (command.engine.kind, command.job.errand != nil)
    guard let words = Self.words(of: said) else { return nil }
    let low = said.lowercased()
    func has(_ pieces: String...) -> Bool { pieces.contains { low.contains($0) } }
    let (image, program) = (command.container.image, command.program)
    // What cannot be executed is told by the runtime; the step's own end may look alike.
    if code != 125, errand == false,
      !has(
        "oci ", "executable file", "crun:", "runc", "unable to start container process", "init binary", "container-init"
      )
    {
      return nil
    }
    if code == 125, has("already in use") {
      self = .nameTaken
    } else if has("container-init", "init binary", "docker-init", "catatonit") && has("not found", "no such file") {
      self = .noInit
    } else if command.isOwn, has("no command or entrypoint provided", "no command specified") {
      self = .other("the image \(image) has no program of its own; give the service its run")
    } else if let general = Self.general(words, said, engine) {
      self = .other(general)
    } else if code == 127 {
      self = .other("cannot run \(program): no such program in \(errand ? "the container" : "the image \(image)")")
    } else if code == 126 {
      self = .other("cannot run \(program) in the image \(image): \(words)")
    } else if has(
      "no such image", "did not resolve", "pinging container registry", "pull access denied", "manifest unknown",
      "name unknown", "unable to find image", "image not known", "registry")
    {
      self = .other(
        "there is no image \(image) here, and it cannot be fetched: \(words); "
          + "look at its name, or bring it: \(engine.rawValue) pull, \(engine.rawValue) load")
    } else {
      self = .other("\(engine.rawValue) cannot run the image \(image): \(words)")
    }
  }

  /// What a program says itself of why it failed, without its own name; nil: nothing.
  static func words(of said: String) -> String? {
    let own = said.split(whereSeparator: \.isNewline).last {
      $0.hasPrefix("Error: ") || $0.hasPrefix("docker: ") || $0.hasPrefix("Error response from daemon")
        || $0.hasPrefix("Cannot connect to ") || $0.hasPrefix("OCI runtime exec failed")
    }
    guard var words = own.map(String.init) else { return nil }
    for prefix in ["Error: ", "docker: ", "Error response from daemon: "] where words.hasPrefix(prefix) {
      words = String(words.dropFirst(prefix.count))
    }
    if words.hasSuffix(".") { words.removeLast() }
    return words
  }

  /// What is wrong whatever an engine was to do; nil: something else.
  static func general(_ words: String, _ said: String, _ engine: ContainerEngine.Kind) -> String? {
    let low = said.lowercased()
    func has(_ pieces: String...) -> Bool { pieces.contains { low.contains($0) } }
    if has("cannot connect to", "unable to connect to", "permission denied while trying to connect") {
      return "\(engine.rawValue) does not answer: \(words); "
        + (engine == .docker ? "start it (systemctl start docker), or look at DOCKER_HOST" : "look at CONTAINER_HOST")
    }
    guard has("no space left on device") else { return nil }
    return "the disk is full: \(words); make room, such as with: \(engine.rawValue) system prune"
  }

  /// What the first process of a container (catatonit, tini) says when it cannot execute the step's program.
  private static func ofInit(_ tail: [UInt8], _ command: ContainerCommand) -> ContainerFailure? {
    let last = last(of: String(decoding: tail, as: UTF8.self))
    guard
      last.hasPrefix("ERROR (catatonit:") && last.contains("failed to exec pid1: ")
        || last.hasPrefix("[FATAL tini (") && last.contains("] exec \(command.job.arguments.first ?? "")")
          && last.contains(" failed: ")
    else { return nil }
    let (image, program) = (command.container.image, command.program)
    if last.hasSuffix("No such file or directory") {
      return .other("cannot run \(program): no such program in the image \(image)")
    }
    let reason = last.split(separator: ":").last.map { $0.drop { $0 == " " } } ?? ""
    return .other("cannot run \(program) in the image \(image): \(reason)")
  }

  /// The last line of what a program said.
  static func last(of said: String) -> String {
    said.split(whereSeparator: \.isNewline).last.map(String.init) ?? "it says nothing"
  }
}
