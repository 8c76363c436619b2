import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc

/// Runs an attempt on another host: what it declares as `inputs` goes there, what it declares as `outputs`, `artifacts` and `results`
/// comes back.
final class SSHCarrier {
  private let job: CourierJob
  private let host: Elsewhere.Host
  private let cancellation: Cancellation
  private let connection: any HostConnection
  /// By which what is there is found again; nil: by another's.
  private let note: Note?
  private let name: String
  /// Begins the lines by which the host's side says what happens.
  private let mark: String
  /// What came on standard error and is no whole line yet; what else was said last.
  private var rest: [UInt8] = []
  private var said: [String] = []
  private var told: [String] = []
  private var events = 0
  /// Whether the host may have something of the attempt.
  private var isThere = false
  /// The way to the host's side of the attempt; -1: closed.
  private var control: Int32 = -1

  /// How long a host that was told to kill the attempt may take to say so: the rest of the farewell is for clearing up there.
  private static let patience = Span(seconds: 4)

  convenience init(_ job: CourierJob, _ host: Elsewhere.Host, _ cancellation: Cancellation) throws(BatonError) {
    self.init(
      job, host, cancellation, by: try SSHConnection(host, run: job.place.run, ports: job.ports),
      Note(host, name: Self.name(of: job), job: job))
  }

  /// A probe runs beside its service, and has its own files.
  private static func name(of job: CourierJob) -> String {
    let own = ContainerCommand.name(run: job.place.run, step: job.step)
    return job.errand.map { "\(own)-\($0)" } ?? own
  }

  init(
    _ job: CourierJob, _ host: Elsewhere.Host, _ cancellation: Cancellation, by connection: any HostConnection,
    _ note: Note?
  ) {
    self.job = job
    self.host = host
    self.cancellation = cancellation
    self.connection = connection
    self.note = note
    name = Self.name(of: job)
    var bytes = [UInt8](repeating: 0, count: 12)
    _ = getentropy(&bytes, bytes.count)
    mark = "baton-" + bytes.map { String($0, radix: 16) }.joined()
  }

  func carry() -> Int32 {
    do throws(BatonError) {
      try note?.write()
      try prepare()
      guard !cancellation.isOver else { throw connection.failure([], isAsked: true) }
      let end = try run()
      let status = try conclude(end)
      // What it did counts, whatever becomes of its files: where they are left, the note stays.
      if isCleared() { note?.remove() }
      return status
    } catch {
      // What cannot be removed now is for whoever carries the run on.
      if !isThere || isCleared() { note?.remove() }
      if cancellation.isOver { return Courier.tell(cancellation.end) }
      return Courier.tell(.unstartable(error.sentence))
    }
  }

  /// The folder of the attempt there, which is made where it is missing; empty: one of its own.
  private var folder: String { host.folder ?? "" }

  private func isCleared() -> Bool {
    connection.isTransient || (try? session(SSHScript.clear, output: "/dev/null")) != nil
  }

  // MARK: Sessions

  /// Runs a script there, between two others of this machine where files go through.
  private func session(
    _ script: String, _ further: [String] = [], input: [UInt8]? = nil, output: String? = nil,
    before: String = "", behind: String = "", local: String = "/"
  ) throws(BatonError) -> Client.End {
    let words = connection.command(script, [name, folder] + further, forwarding: false)
    var client = Client(
      program: words[0], arguments: Array(words.dropFirst()), environment: connection.environment, input: input,
      output: output)
    if !before.isEmpty || !behind.isEmpty {
      client.program = "/bin/sh"
      client.arguments = ["-c", "folder=$1; shift; \(before)\"$@\"\(behind)", "sh", local] + words
    }
    said = []
    // It is let go on: what is begun there and left alone could not be cleared away.
    let end = try cancellation.run(client, errors: pass) { _ in
      nil
    } force: { _ in
      CourierJob.farewell
    }
    flush()
    // With 255 it ends where it does not reach the host.
    if end.code != 255 || cancellation.isOver { isThere = true }
    guard end.code == 0 else { throw connection.failure(said, isAsked: cancellation.isOver) }
    return end
  }

  private func prepare() throws(BatonError) {
    let gone = try TemporaryFolder(beside: job, "gone")
    defer { gone.remove() }
    // Nobody asks how the first of two programs ended.
    func sending(_ tar: String) -> String {
      "{ \(tar) || : > " + SSHConnection.quoted("\(gone.path)/it") + "; } | "
    }
    func check() throws(BatonError) {
      guard Disk.isFile("\(gone.path)/it") else { return }
      let why = said.last { $0.contains("tar: ") && !$0.hasSuffix("due to previous errors") }.map { ": \($0)" } ?? ""
      throw BatonError(
        .failure, "files changed or went away while they were sent to \(connection.text)\(why)",
        cure: "let nothing else write the step's inputs meanwhile")
    }
    let own = try Handed(
      job, name: name, mark: mark, folder: host.isShared ? job.folder : host.folder,
      makesFolder: connection.isTransient)
    defer { own.remove() }
    _ = try session(
      SSHScript.prepare, output: "/dev/null", before: sending(#"tar -C "$folder" -cf - ."#), local: own.folder)
    try check()
    let files = host.isShared || job.errand != nil ? [] : try SSHFiles.inputs(of: host, in: job.folder)
    guard !files.isEmpty else { return }
    _ = try session(
      SSHScript.receive, input: files, output: "/dev/null",
      before: sending(#"tar -C "$folder" --null --no-recursion -T - -cf -"#), local: job.folder)
    try check()
  }

  private func run() throws(BatonError) -> Client.End {
    var ends: [Int32] = [-1, -1]
    guard baton_pipe(&ends) == 0 else { throw BatonError(.failure, "no pipe to be had: \(Disk.message(errno))") }
    control = ends[1]
    defer {
      close(ends[0])
      if control >= 0 { close(control) }
      control = -1
    }
    _ = fcntl(ends[0], F_SETFL, 0)
    let words = connection.command(SSHScript.run, [name], forwarding: job.errand == nil)
    var client = Client(
      program: words[0], arguments: Array(words.dropFirst()), environment: connection.environment, output: job.capture)
    client.source = ends[0]
    said = []
    var isKilling = false
    let end = try cancellation.run(client, errors: pass) { _ in
      self.ask("TERM")
      return nil
    } force: { process in
      guard !isKilling else {
        kill(process, SIGKILL)
        return nil
      }
      isKilling = true
      self.ask("KILL")
      return Self.patience
    }
    flush()
    return end
  }

  private func ask(_ word: String) {
    let bytes = Array("\(word)\n".utf8)
    _ = baton_write_all(control, bytes, bytes.count)
  }

  // MARK: What is said

  private func pass(_ bytes: [UInt8]) {
    rest += bytes
    while let end = rest.firstIndex(of: 0x0A) {
      take(Array(rest[..<end]))
      rest.removeFirst(end + 1)
    }
    // No line of the host's side is that long: it is output of the step.
    if rest.count > 1 << 20 { flush() }
  }

  private func flush() {
    if !rest.isEmpty { take(rest) }
    rest = []
  }

  private func take(_ line: [UInt8]) {
    guard line.starts(with: mark.utf8) else {
      let text = String(decoding: line, as: UTF8.self)
      // Two attempts began at once: this one has a connection of its own.
      if text.hasPrefix("ControlSocket "), text.contains("disabling multiplexing") { return }
      if said.count > 50 { said.removeFirst(25) }
      said.append(text)
      let bytes = line + [0x0A]
      _ = baton_write_all(2, bytes, bytes.count)
      return
    }
    let word = String(decoding: line.dropFirst(mark.utf8.count + 1), as: UTF8.self)
    guard word.hasPrefix("event ") else { return told.append(word) }
    events += 1
    append(String(word.dropFirst("event ".count)) + "\n", to: "BATON_EVENTS")
  }

  private func append(_ text: String, to variable: String) {
    guard !text.isEmpty, let path = Courier.variable(variable) else { return }
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard file >= 0 else { return }
    let bytes = Array(text.utf8)
    _ = baton_write_all(file, bytes, bytes.count)
    close(file)
  }

  // MARK: The end

  private func conclude(_ end: Client.End) throws(BatonError) -> Int32 {
    let last = told.last { $0.hasPrefix("end ") || $0.hasPrefix("killed ") }?.split(separator: " ") ?? []
    guard last.count == 2, let code = Int32(last[1]) else {
      if told.contains("folder") {
        throw BatonError(
          .failure,
          "cannot run \"\(job.arguments[0])\" in \"\(host.isShared ? job.folder : folder)\": no such folder on \(connection.text)"
        )
      }
      if told.contains("missing") {
        throw BatonError(
          .failure, "cannot run \"\(job.arguments[0])\": no such program in PATH on \(connection.text)")
      }
      if told.contains("environment") {
        throw BatonError(
          .failure, "the shell on \(connection.text) does not take the environment of the step",
          cure: "names are letters, digits and _ there, and none that it keeps to itself, as UID is to bash: "
            + job.environment.keys.sorted().joined(separator: ", "))
      }
      if cancellation.isForced { _ = try session(SSHScript.end, output: "/dev/null") }
      guard !cancellation.isForced else { return Courier.tell(cancellation.end) }
      let failure = connection.failure(said, isAsked: cancellation.wasAsked)
      let said = said
      guard told.contains("begin") else { throw failure }
      // It ends there by itself where the connection is gone; this makes sure.
      _ = try? session(SSHScript.end, output: "/dev/null")
      let why = said.isEmpty ? "" : ": \(failure.message)"
      throw BatonError(.failure, "the connection to \(connection.text) was lost\(why)")
    }
    try bringBack()
    if cancellation.isForced { return Courier.tell(cancellation.end) }
    guard last[0] == "killed" else { return code }
    return Courier.end(code, memory: cancellation.wasAsked ? nil : job.place.memory)
  }

  private func bringBack() throws(BatonError) {
    let patterns = host.isShared ? [] : host.outputs + host.results
    let place = try TemporaryFolder(beside: job)
    defer { place.remove() }
    _ = try session(
      SSHScript.told, [patterns.isEmpty ? "" : "list"], behind: #" | tar -xf - -C "$folder" output events list fresh"#,
      local: place.path)
    append(Disk.read("\(place.path)/output").map { String(decoding: $0, as: UTF8.self) } ?? "", to: "BATON_OUTPUT")
    let lines = Disk.read("\(place.path)/events").map { String(decoding: $0, as: UTF8.self) } ?? ""
    append(
      lines.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(events).joined(separator: "\n"),
      to: "BATON_EVENTS")
    guard !patterns.isEmpty else { return }
    let listed = Disk.read("\(place.path)/list").map { String(decoding: $0, as: UTF8.self) } ?? ""
    let fresh = Disk.read("\(place.path)/fresh").map { String(decoding: $0, as: UTF8.self) } ?? ""
    let wanted = try SSHFiles.wanted(of: host, listed, fresh: fresh, in: job.folder)
    guard !wanted.isEmpty else { return }
    // The host may send these and no others. They are of this moment, whatever its clock says.
    let list = "\(place.path)/wanted"
    let names = Array((wanted.joined(separator: "\n") + "\n").utf8)
    try Disk.write(names, to: list)
    _ = try session(
      connection.sending, input: names,
      behind: #" | tar -xmf - -C "$folder" --verbatim-files-from --no-unquote -T "# + SSHConnection.quoted(list),
      local: job.folder)
  }
}
