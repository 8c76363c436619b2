import CSystem
import Glibc

/// Why a process could not be started.
enum LaunchProblem: Error {
  case nothing
  case zeroByte(String, String)
  case notInPath(String)
  case program(String, place: String, folder: String, Int32)
  case folder(String, String, SystemError)
  /// The file of the tests to run could not be written.
  case tests(String, SystemError)
  /// What it leases could not be written down.
  case lease(String, SystemError)
  case noProcess(SystemError)

  /// Whether it may work once another process has ended.
  var isShortage: Bool {
    guard case .noProcess(let error) = self else { return false }
    return [EMFILE, ENFILE, EAGAIN, ENOMEM, ENOBUFS].contains(error.code)
  }

  /// What is wrong and how to mend it, for the person who wrote the step.
  var text: String {
    switch self {
    case .nothing: "cannot run a command without a program: the list of arguments is empty"
    case .zeroByte(let program, let what): "cannot run \"\(program)\": \(what) contains a zero byte"
    case .notInPath(let program): "cannot run \"\(program)\": no such program in PATH"
    case .folder(let program, let folder, let error):
      switch error.code {
      case ENOENT: "cannot run \"\(program)\" in \"\(folder)\": no such folder"
      case ENOTDIR: "cannot run \"\(program)\" in \"\(folder)\": not a folder"
      default: "cannot run \"\(program)\" in \"\(folder)\": \(error.text)"
      }
    case .program(let program, let place, let folder, let code):
      "cannot run \"\(program)\": " + Self.reason(place: place, folder: folder, code)
    case .tests(let file, let error): "cannot write the list of tests to \(file): \(error.text)"
    case .lease(let file, let error): "cannot write what the step leases to \(file): \(error.text)"
    case .noProcess(let error):
      switch error.code {
      case EMFILE, ENFILE: "no process to be had: \(error.text) (see ulimit -n)"
      case EAGAIN: "no process to be had: \(error.text) (see ulimit -u)"
      case ENOSPC: "no process to be had: no more descriptors can be watched (see fs.epoll.max_user_watches)"
      default: "no process to be had: \(error.text)"
      }
    }
  }

  private static func reason(place: String, folder: String, _ code: Int32) -> String {
    let file = place.hasPrefix("/") ? place : "\(folder)/\(place)"
    switch code {
    case ENOENT:
      guard access(file, F_OK) == 0 else { return "no such file" }
      guard let line = firstLine(of: file), line.hasPrefix("#!") else { return "the loader that it names is not there" }
      return "the interpreter of its first line is not there (\(line))"
    case EACCES:
      var info = stat()
      if stat(file, &info) == 0, info.st_mode & S_IFMT == S_IFDIR { return "it is a folder" }
      return "\(file) is not executable (chmod +x \(file))"
    case ENOEXEC: return "neither a program for this machine nor a script with a #! line"
    case E2BIG: return "its arguments and environment are longer than the system takes"
    default: return SystemError(code).text
    }
  }

  private static func firstLine(of file: String) -> String? {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 128) { buffer, count in
      count = max(0, read(descriptor, buffer.baseAddress, 128))
    }
    return bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false).first.map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}
