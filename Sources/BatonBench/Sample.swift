import Glibc

/// What one process cost, its waited-for children's CPU time included.
struct Sample {
  /// Wall time.
  var seconds: Double
  /// CPU time of the process and its children, user and system.
  var cpuSeconds: Double
  /// Peak resident memory of the process, or of the largest of its children, in MB (10⁶ bytes).
  var peakMegabytes: Double
  /// How many a second it did by its own clock, its start apart, where it left a file ``rateFile``.
  var rate: Double?

  static let rateFile = "rate"
}

/// Runs a program to its end and measures it.
enum Measured {
  /// - Parameters:
  ///   - folder: Where it runs.
  ///   - errors: A file for what it says on standard error; standard output is dropped.
  ///   - wanted: What it has to end with.
  /// - Throws: When it cannot be started, or ends with another status.
  static func run(
    _ arguments: [String], in folder: String, errors: String, status wanted: Int32 = 0
  ) throws(BenchError) -> Sample {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard chdir(folder) == 0 else { throw BenchError("cannot go to \(folder)") }

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }

    sync()
    var process: pid_t = 0
    let start = now()
    let failure = posix_spawnp(&process, arguments[0], &actions, nil, words, environ)
    guard failure == 0 else {
      throw BenchError("cannot run \(arguments[0]): \(String(cString: strerror(failure)))")
    }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0 {
      guard errno == EINTR else { throw BenchError("cannot wait for \(arguments[0])") }
    }
    let end = now()
    guard status == wanted << 8 else {
      let shown = arguments.joined(separator: " ")
      throw BenchError("\(shown) ended with status \(status >> 8) (signal \(status & 127)):\n\(Files.tail(of: errors))")
    }
    return Sample(
      seconds: end - start,
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      peakMegabytes: Double(usage.ru_maxrss) * 1024 / 1e6,
      rate: Double(Files.tail(of: "\(folder)/\(Sample.rateFile)").filter { !$0.isWhitespace }))
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}

extension Array where Element == Double {
  var median: Double {
    let sorted = sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

struct StandardError: TextOutputStream {
  mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
  }
}
