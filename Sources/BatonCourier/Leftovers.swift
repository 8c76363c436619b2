import BatonModel
import BatonRuntime
import BatonSystem
import Glibc

/// What attempts of a dead engine left in containers and on other hosts.
public struct Leftovers {
  /// The run's folder of notes.
  private let folder: String

  /// - Parameter folder: `RunFolder.elsewhere`.
  public init(folder: String) { self.folder = folder }

  /// One thing that runs elsewhere, or may.
  public struct Item: Sendable, Hashable {
    public var step: String
    /// For people: `container baton-…`, `what runs on build1`.
    public var text: String
    fileprivate var file: String
    fileprivate var place: Place
    fileprivate var name: String
    fileprivate var run: String
    fileprivate var environment: [String: String]
  }

  fileprivate enum Place: Sendable, Hashable {
    case engine(String, program: String)
    case host(Elsewhere.Host)
    case pods(PodProgram)
  }

  /// What is noted. Costs one system call where nothing is.
  public func items() -> [Item] {
    Disk.names(in: folder).filter { $0.hasSuffix(".json") }.compactMap { entry in
      let file = "\(folder)/\(entry)"
      guard let bytes = Disk.read(file), let fields = try? JSON.decode(bytes), let name = fields["name"]?.string,
        let run = fields["run"]?.string, let step = fields["step"]?.string
      else { return nil }
      let place: Place
      let text: String
      if let engine = fields["engine"]?.string, let program = fields["program"]?.string {
        (place, text) = (.engine(engine, program: program), "container \(name)")
      } else if let path = fields["pod"]?.string {
        let program = PodProgram(
          path: path, context: fields["context"]?.string, namespace: fields["namespace"]?.string)
        (place, text) = (.pods(program), "pod \(name)\(program.context.map { " of \($0)" } ?? "")")
      } else if let known = fields["host"]?.string {
        var host = Elsewhere.Host(name: known)
        host.user = fields["user"]?.string
        host.port = fields["port"]?.string
        host.identity = fields["identity"]?.string
        host.config = fields["config"]?.string
        (place, text) = (.host(host), "\(name) on \(host.text)")
      } else {
        return nil
      }
      return Item(
        step: step, text: text, file: file, place: place, name: name, run: run,
        environment: (fields["environment"]?.map ?? [:]).compactMapValues(\.string))
    }
  }

  /// Ends all of it; returns when it is gone.
  ///
  /// - Parameter ended: is told of what was there, and how many; `problem`: why it may be there still.
  public func end(_ ended: (_ item: Item, _ count: Int, _ problem: String?) -> Void) {
    for item in items() {
      do throws(BatonError) {
        let count =
          switch item.place {
          case .engine(let name, let program): try end(item, name, program)
          case .host(let host): try end(item, on: host)
          case .pods(let program): try end(item, program)
          }
        unlink(item.file)
        ended(item, count, nil)
      } catch {
        ended(item, 0, error.message)
      }
    }
    rmdir(folder)
  }

  private func end(_ item: Item, _ name: String, _ program: String) throws(BatonError) -> Int {
    guard let kind = ContainerEngine.Kind(rawValue: name) else { return 0 }
    let engine = ContainerEngine(kind: kind, program: program)
    let labels = ["baton.run=\(item.run)", "baton.step=\(item.step)"]
    let found = try engine.containers(labels: labels, environment: item.environment)
    if !found.isEmpty, !engine.remove(found, environment: item.environment) {
      throw BatonError(.failure, "\(name) cannot remove it")
    }
    return found.count
  }

  private func end(_ item: Item, _ program: PodProgram) throws(BatonError) -> Int {
    // Programs that log in to clusters want what they wanted before.
    let environment = Client.surroundings().merging(item.environment) { $1 }
    let found = try program.pods(run: item.run, step: item.step, environment: environment)
    if !found.isEmpty, !program.remove(found, environment: environment) {
      throw BatonError(.failure, "\(program.name) cannot remove it")
    }
    return found.count
  }

  private func end(_ item: Item, on host: Elsewhere.Host) throws(BatonError) -> Int {
    let connection = try SSHConnection(host, run: item.run)
    var child = Child(
      connection.program, connection.words() + [SSHConnection.command(SSHScript.clear, [item.name])])
    child.environment = item.environment
    child.errors = .gathered
    let end = try child.run(limit: Span(seconds: 30), maximum: 1 << 20)
    let said = String(decoding: end.output, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    guard end.code == 0 else { throw SSHFailure.error(said, connection, isAsked: false) }
    return said.last.flatMap { Int($0) } ?? 0
  }

  /// Ends the connections that attempts of a run shared.
  public static func closeConnections(of run: String) { SSHConnection.close(run: run) }
}
