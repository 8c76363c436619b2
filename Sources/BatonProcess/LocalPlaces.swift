import BatonCore
import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// Ports of this machine and folders of the run's own.
///
/// Whoever has a port holds a lock on a file of that number, in a folder that all runs of the machine share, until its process
/// ends: two runs never choose the same, however many start at once. The ports lie below those that the system hands out by
/// itself (ip(7), `ip_local_port_range`: from 32768 on), and one that anybody listens on is passed over.
public final class LocalPlaces: ServicePlaces {
  private static let range = 20_000...32_767

  private let folder: String
  private let registry: String
  private let removeTree: (String) -> Void
  /// Port → the file whose lock is held.
  private var held: [Int: Int32] = [:]
  private var owned: [String: [String: Int]] = [:]

  /// - Parameters:
  ///   - registry: where the locks are; made when the first is taken.
  ///   - removeTree: removes a folder with all that is in it.
  public init(run: RunFolder, registry: String = "/tmp/baton-ports", removeTree: @escaping (String) -> Void) {
    folder = run.services
    self.registry = registry
    self.removeTree = removeTree
  }

  deinit { release() }

  public func folder(of service: String) throws(BatonError) -> String {
    let path = "\(folder)/\(RunFolder.fileName(of: service))"
    guard Folders.make(path) else {
      throw BatonError(
        .failure, "cannot make the folder \(path): \(SystemError().text)", cure: "check its owner and the disk's space")
    }
    return path
  }

  public func ports(_ names: [String], of service: String, before: [String: Int]) throws(BatonError) -> [String: Int] {
    var found: [String: Int] = [:]
    for name in names {
      if let own = owned[service]?[name] {
        found[name] = own
      } else if let known = before[name], take(known) {
        found[name] = known
      } else {
        found[name] = try freePort()
      }
      owned[service, default: [:]][name] = found[name]
    }
    return found
  }

  public func clear(ports: [Int]) {
    giveUp(ports)
    removeTree(folder)
  }

  /// Gives up all ports, also those of a driver that was killed: it left the files of its locks.
  public func giveUp(_ ports: [Int]) {
    for port in ports where held[port] == nil { held[port] = lock(port) }
    release()
  }

  /// The locks of files that are removed are given up first by nobody: whoever waits for one opens it anew.
  private func release() {
    for (port, file) in held {
      unlink("\(registry)/\(port)")
      close(file)
    }
    held = [:]
    owned = [:]
  }

  private func freePort() throws(BatonError) -> Int {
    let count = Self.range.count
    let first = Int.random(in: 0..<count)
    for offset in 0..<count {
      let port = Self.range.lowerBound + (first + offset) % count
      if take(port) { return port }
    }
    throw BatonError(
      .failure, "there is no free port from \(Self.range.lowerBound) to \(Self.range.upperBound)",
      cure: "see who listens: ss -ltn; the locks are in \(registry)")
  }

  /// Takes a port, unless another run has it or anybody listens on it.
  private func take(_ port: Int) -> Bool {
    guard held[port] == nil, let file = lock(port) else { return false }
    guard Self.isFree(port) else {
      close(file)
      return false
    }
    held[port] = file
    return true
  }

  private func lock(_ port: Int) -> Int32? {
    let path = "\(registry)/\(port)"
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    // Everybody's, as /tmp is.
    if mkdir(registry, 0o777) == 0 { chmod(registry, 0o1777) }
    var (shared, mine, named) = (stat(), stat(), stat())
    // No link to where somebody else would like to have files.
    guard lstat(registry, &shared) == 0, shared.st_mode & S_IFMT == S_IFDIR else { return nil }
    let file = open(path, flags, 0o666)
    guard file >= 0 else { return nil }
    // Removed by its owner meanwhile: another file has its name, or none.
    guard baton_try_lock(file) == 0, fstat(file, &mine) == 0, lstat(path, &named) == 0, mine.st_ino == named.st_ino
    else {
      close(file)
      return nil
    }
    return file
  }

  /// Whether nobody listens on it, on any address of the machine.
  private static func isFree(_ port: Int) -> Bool {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { return false }
    defer { close(file) }
    var on: Int32 = 1
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return bound == 0 && listen(file, 1) == 0
  }
}
