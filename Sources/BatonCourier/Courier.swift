import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc

/// The process that takes an attempt into a container or to another host, and stands for it here (``CourierJob``).
///
/// It uses the programs that people use: `ssh`, and `podman` and `docker`, which know registries, logins, contexts and sockets
/// (`DOCKER_HOST`, `CONTAINER_HOST`); with Podman no service has to be there.
public enum Courier {
  /// - Returns: The exit status, where the attempt's own end is one.
  public static func perform() throws(BatonError) -> Int32 {
    guard var job = (try? JSON.decode(readAll()))?.map.flatMap({ CourierJob(.map($0)) }) else {
      throw BatonError(.usage, "\(CourierJob.command) is for Baton itself: it runs steps elsewhere")
    }
    for name in variable(LeaseRequest.leased)?.split(separator: " ").map(String.init) ?? [] {
      job.environment[name] = variable(name)
    }
    if let given = variable(PodProgram.configuration), let project = job.place.folders.first {
      setenv(PodProgram.configuration, PodProgram.configuration(given, in: project), 1)
    }
    baton_unmark()
    guard let signals = Signals() else {
      return tell(.unstartable("no signals to be had: \(Disk.message(errno))"))
    }
    let cancellation = Cancellation(signals, grace: job.place.grace)
    switch job.place.target {
    case .container(let container): return ContainerCarrier(job, container, cancellation).carry()
    case .ssh(let host):
      do throws(BatonError) { return try SSHCarrier(job, host, cancellation).carry() } catch {
        return tell(.unstartable(error.sentence))
      }
    case .pod(let pod): return PodCarrier(job, pod, cancellation).carry()
    }
  }

  /// Hands over how the attempt ended, where the exit code cannot say so.
  static func tell(_ end: CourierEnd) -> Int32 {
    if let output = variable("BATON_OUTPUT") {
      try? Disk.replace(output + CourierJob.endSuffix, with: Array(end.text.utf8))
    }
    if case .unstartable(let text) = end { say(text) }
    return 1
  }

  /// The exit status of an attempt whose client ended with this code: 128 and a signal's number is told as that signal.
  ///
  /// - Parameter memory: what the attempt may use, where nobody asked it to end.
  static func end(_ code: Int32, memory: Int64?) -> Int32 {
    guard code > 128, SignalName.text(code - 128).hasPrefix("SIG") else { return code }
    if code == 128 + SIGKILL, let memory {
      say(
        "killed by SIGKILL, as the kernel does at the limit of memory: resources.memory is \(ByteSize(bytes: memory).text)"
      )
    }
    return tell(.signaled(code - 128))
  }

  /// A line of the attempt's output.
  static func say(_ text: String) {
    let bytes = Array("baton: \(text)\n".utf8)
    _ = baton_write_all(1, bytes, bytes.count)
  }

  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private static func readAll() -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(0, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
    }
  }
}

extension BatonError {
  /// What is wrong and what mends it, in one line.
  var sentence: String { cure.map { "\(message); \($0)" } ?? message }
}

/// The signals that a courier is sent: they are read, and interrupt nothing.
struct Signals {
  let descriptor: Int32

  init?() {
    descriptor = baton_signalfd([SIGTERM, SIGINT, SIGHUP, SIGUSR1], 4)
    if descriptor < 0 { return nil }
  }

  /// Signals that are told by another descriptor, in the kernel's form; of tests.
  init(descriptor: Int32) { self.descriptor = descriptor }

  func take() -> [Int32] {
    var found = [Int32](repeating: 0, count: 8)
    let count = baton_signalfd_read(descriptor, &found, Int32(found.count))
    return Array(found.prefix(Int(count)))
  }
}
