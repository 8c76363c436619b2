import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// Requests to the process that drives a run, as files in the run's `inbox` folder: written beside it and moved in, so that
/// none is ever read half.
public enum ControlInbox {
  /// Leaves a request for the run's driver, who may come only later.
  ///
  /// - Parameter folder: the run's inbox, absolute; made when it is not there.
  public static func write(_ request: ControlRequest, to folder: String) throws(BatonError) {
    guard let text = text(of: request) else {
      throw BatonError(.failure, "this request cannot be sent to another process: \(request)")
    }
    func failure(_ what: String) -> BatonError {
      BatonError(.failure, "cannot leave a request in \(folder): \(what): \(SystemError().text)")
    }
    guard Folders.make(folder) else { throw failure("mkdir") }
    let name = "\(baton_boottime())-\(getpid())-\(baton_thread_id()).json"
    let draft = "\(folder)/.\(name)"
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("open") }
    defer { close(file) }
    guard Descriptor.write(Array(text.utf8), to: file), rename(draft, "\(folder)/\(name)") == 0 else {
      let error = failure("write")
      unlink(draft)
      throw error
    }
  }

  /// Takes all requests that are there, the oldest first; what cannot be read is removed and left out.
  static func take(from folder: String) -> [ControlRequest] {
    Folders.names(in: folder).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted().compactMap { name in
      let path = "\(folder)/\(name)"
      defer { unlink(path) }
      guard let bytes = Descriptor.contents(of: path, limit: 64 << 10), let value = try? JSON.decode(bytes) else {
        return nil
      }
      return request(from: value)
    }
  }

  private static func text(of request: ControlRequest) -> String? {
    switch request {
    case .mail: JSON.encode(["kind": "mail"])
    case .interrupt(let signal): JSON.encode(["kind": "interrupt", "signal": .integer(Int64(signal))])
    case .kill: JSON.encode(["kind": "kill"])
    case .cancel, .resized: nil
    }
  }

  private static func request(from value: Value) -> ControlRequest? {
    switch value["kind"]?.string {
    case "mail": .mail
    case "interrupt": .interrupt(signal: value["signal"]?.integer.flatMap { Int32(exactly: $0) } ?? SIGINT)
    case "kill": .kill
    default: nil
    }
  }
}
