import BatonLua
import BatonModel

/// Runs the tests of one file.
public struct SpecRunner {
  let environment: SpecEnvironment
  /// Whether a test is wanted, by its names.
  let isWanted: ([String]) -> Bool
  /// Told of each test as it ends.
  let onCase: (SpecCase) -> Void

  /// How long one test may take, in real time.
  static let limit = Span(seconds: 60)

  public init(
    _ environment: SpecEnvironment, isWanted: @escaping ([String]) -> Bool = { _ in true },
    onCase: @escaping (SpecCase) -> Void = { _ in }
  ) {
    self.environment = environment
    self.isWanted = isWanted
    self.onCase = onCase
  }

  /// Whether a name is what `--filter` asks for: it contains the words, or fits the pattern where there is a `*` or `?`.
  public static func fits(_ path: [String], filter: String) -> Bool {
    let name = path.joined(separator: " ")
    let isPattern = filter.contains { $0 == "*" || $0 == "?" }
    return MockBook.fits(name.lowercased(), "*\(filter.lowercased())*") || (isPattern && MockBook.fits(name, filter))
  }

  /// - Parameters:
  ///   - file: as the user named it.
  ///   - path: absolute.
  public func run(file: String, path: String) -> SpecFileResult {
    let begun = environment.now()
    var result = SpecFileResult(file: file)
    let simulator = SpecSimulator(file: file, path: path, environment: environment)
    let host = SpecHost(file: file, simulator: simulator)
    var printed: [String] = []
    do {
      let source = try environment.read(path)
      var request = Script.Request(
        file: file, absolutePath: path, source: source,
        observations: Observations(time: SimulationOptions().start, seed: 1),
        modules: environment.modules(path))
      request.agents = environment.agents
      request.settings = environment.settings
      request.onPrint = { printed.append($0) }
      let machine = try SpecMachine(request, words: Stdlib.spec) { (vm) throws(LuaFailure) in try host.register(vm) }
      do throws(LuaFailure) {
        _ = try machine.run()
        host.phase = .testing
        var session = Session(
          runner: self, host: host, vm: machine.vm,
          takePrinted: {
            defer { printed = [] }
            return printed
          })
        session.run(host.tree.root, path: [], around: [])
        result.cases = session.cases
        result.failure = session.failure
      } catch {
        result.failure = host.failure(error)
      }
    } catch let error as BatonError {
      result.failure = SpecFailure(error.message, at: SourcePlace(file: file))
    } catch let error as LuaFailure {
      result.failure = SpecFailure(error.text, at: SourcePlace(file: file))
    } catch {
      result.failure = SpecFailure("\(error)", at: SourcePlace(file: file))
    }
    result.simulations = simulator.count
    result.mockedAttempts = simulator.attempts
    result.duration = environment.now() - begun
    return result
  }

  /// The tests of one file, while they run.
  struct Session {
    let runner: SpecRunner
    let host: SpecHost
    let vm: LuaVM
    let takePrinted: () -> [String]
    var cases: [SpecCase] = []
    var failure: SpecFailure?

    /// - Parameter around: the blocks around it, outermost first.
    mutating func run(_ block: SpecTree.Block, path: [String], around: [SpecTree.Block]) {
      guard block.contains(path, runner.isWanted) else { return }
      var obstacle: SpecFailure?
      for hook in block.hooks[.setup] ?? [] where obstacle == nil { obstacle = call(hook) }
      let kept = host.simulator.count
      for item in block.items {
        switch item {
        case .test(let test):
          let names = path + [test.name]
          if runner.isWanted(names) { run(test, names, around + [block], obstacle) }
          host.simulator.forget(after: kept)
        case .block(let inner):
          if let obstacle {
            fail(inner, path + [inner.name], obstacle)
          } else {
            run(inner, path: path + [inner.name], around: around + [block])
          }
        }
      }
      for hook in block.hooks[.teardown] ?? [] {
        if let failed = call(hook), failure == nil { failure = failed }
      }
    }

    /// Every test of a block whose `setup` failed.
    private mutating func fail(_ block: SpecTree.Block, _ path: [String], _ obstacle: SpecFailure) {
      for item in block.items {
        switch item {
        case .test(let test): if runner.isWanted(path + [test.name]) { run(test, path + [test.name], [], obstacle) }
        case .block(let inner): fail(inner, path + [inner.name], obstacle)
        }
      }
    }

    private mutating func run(
      _ test: SpecTree.Test, _ path: [String], _ blocks: [SpecTree.Block], _ obstacle: SpecFailure?
    ) {
      let begun = runner.environment.now()
      host.pending = nil
      var status = SpecCase.Status.passed
      if let body = test.body {
        var failed = obstacle
        let hooks = blocks.flatMap { $0.hooks[.beforeEach] ?? [] }
        for hook in hooks where failed == nil { failed = call(hook) }
        if failed == nil, host.pending == nil { failed = call(body) }
        for hook in blocks.reversed().flatMap({ $0.hooks[.afterEach] ?? [] }) {
          let after = obstacle == nil ? call(hook) : nil
          failed = failed ?? after
        }
        if let failed {
          status = .failed(failed)
        } else if let pending = host.pending {
          status = .pending(pending.reason)
        }
      } else {
        status = .pending(test.reason)
      }
      let done = SpecCase(
        path: path, place: test.place, status: status, duration: runner.environment.now() - begun,
        output: takePrinted().joined(separator: "\n"))
      cases.append(done)
      runner.onCase(done)
    }

    private func call(_ function: Int32) -> SpecFailure? {
      do throws(LuaFailure) {
        _ = try vm.call(function, [], limit: SpecRunner.limit)
        return nil
      } catch {
        if case .halt = error.kind, host.pending != nil { return nil }
        return host.failure(error)
      }
    }
  }
}
