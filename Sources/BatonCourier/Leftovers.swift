import BatonModel
import BatonSystem
import Glibc

/// What attempts of a dead engine left in containers.
public struct Leftovers {
  /// The run's folder of notes.
  private let folder: String

  /// - Parameter folder: `RunFolder.elsewhere`.
  public init(folder: String) { self.folder = folder }

  /// One thing that runs elsewhere, or may.
  public struct Item: Sendable, Hashable {
    public var step: String
    /// For people: `container baton-…`.
    public var text: String
    fileprivate var file: String
    fileprivate var engine: String
    fileprivate var program: String
    fileprivate var run: String
    fileprivate var environment: [String: String]
  }

  /// What is noted. Costs one system call where nothing is.
  public func items() -> [Item] {
    Disk.names(in: folder).filter { $0.hasSuffix(".json") }.compactMap { name in
      let file = "\(folder)/\(name)"
      guard let bytes = Disk.read(file), let fields = try? JSON.decode(bytes),
        let engine = fields["engine"]?.string, let program = fields["program"]?.string,
        let container = fields["name"]?.string, let run = fields["run"]?.string, let step = fields["step"]?.string
      else { return nil }
      return Item(
        step: step, text: "container \(container)", file: file, engine: engine, program: program, run: run,
        environment: (fields["environment"]?.map ?? [:]).compactMapValues(\.string))
    }
  }

  /// Ends all of it; returns when it is gone.
  ///
  /// - Parameter ended: is told of what was there, and how many; `problem`: why it may be there still.
  public func end(_ ended: (_ item: Item, _ count: Int, _ problem: String?) -> Void) {
    for item in items() {
      guard let kind = ContainerEngine.Kind(rawValue: item.engine) else { continue }
      let engine = ContainerEngine(kind: kind, program: item.program)
      let labels = ["baton.run=\(item.run)", "baton.step=\(item.step)"]
      do throws(BatonError) {
        let found = try engine.containers(labels: labels, environment: item.environment)
        if !found.isEmpty, !engine.remove(found, environment: item.environment) {
          throw BatonError(.failure, "\(item.engine) cannot remove it")
        }
        unlink(item.file)
        ended(item, found.count, nil)
      } catch {
        ended(item, 0, error.message)
      }
    }
    rmdir(folder)
  }
}
