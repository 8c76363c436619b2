import BatonCore
import BatonModel

/// Turns a step whose turn has come into something that an executor can start. An object, for it is asked for each step.
final class LaunchBuilder {
  let context: EngineContext
  let evaluation: Evaluation
  /// The digest of what an image is made of, by its absolute path.
  var image: (String) throws(BatonError) -> String = { path throws(BatonError) in
    throw BatonError(.failure, "\(path) is not read here")
  }

  private let run: LaunchRun

  init(context: EngineContext, workflow: String, evaluation: Evaluation) {
    self.context = context
    run = LaunchRun(id: context.run, workflow: workflow, folder: context.folder)
    self.evaluation = evaluation
  }

  /// What stops a step before it starts.
  struct Obstacle: Error {
    var outcome: Outcome
  }

  /// A step with the overrides of its alternative.
  struct Effective {
    var command: Command
    var env: [String: Template]
    var cwd: Template?
    var shell: [String]
    var stdin: Template?
    var executor: ExecutorSpec
    /// What runs there is what the image or the manifest says.
    private(set) var isOwn: Bool

    init?(_ node: Node, alternative: Int?) {
      guard let own = node.command ?? node.service?.command else { return nil }
      command = own
      isOwn = own == .program([])
      env = node.options.value.env
      cwd = node.options.value.cwd
      shell = node.options.value.shell
      stdin = node.options.value.stdin
      executor = node.options.value.executor
      guard let alternative, node.options.value.failover.indices.contains(alternative) else { return }
      let other = node.options.value.failover[alternative]
      command = other.command ?? command
      isOwn = command == .program([])
      env.merge(other.env ?? [:]) { _, new in new }
      cwd = other.cwd ?? cwd
      shell = other.shell ?? shell
      stdin = other.stdin ?? stdin
      executor = other.executor ?? executor
    }
  }

  /// What is started, and what is known of it.
  struct Subject {
    var node: Node
    /// The workflow's environment.
    var env: [String: Template]
    var checkpoint: Value?
    var generation: Int
    /// Of a call: what its run is limited to.
    var changedSince: String?
    var handed: Handed?
    /// What runs in place of the node's own command, and its name: a probe of a service, or a command of its life.
    var errand: (name: String, command: Command)?
    /// What runs is a part of Baton itself, and never elsewhere.
    var isOwn = false
  }

  /// The failed tests that alone are to be run again.
  struct Handed {
    var handover: Handover
    /// The file that lists them, absolute.
    var list: String
    /// What is run in place of the step's own command.
    var command: Command?
    /// Added to it.
    var words: [String] = []

    init(handover: Handover, list: String) {
      self.handover = handover
      self.list = list
    }
  }

  /// - Parameter dependencies: what a function that says what to run is told of them.
  func launch(
    _ subject: Subject, attempt: Int, alternative: Int?, ticket: Ticket, dependencies: () -> Value
  ) throws(Obstacle) -> Launch {
    let (name, options) = (subject.node.name, subject.node.options)
    guard var step = Effective(subject.node, alternative: alternative) else {
      throw Obstacle(outcome: .scriptError("\(name) has nothing to run"))
    }
    let handed = subject.handed
    if let command = handed?.command ?? subject.errand?.command { step.command = command }
    do throws(Evaluation.Failure) {
      var environment: [(name: String, value: String)] = []
      var role = Launch.Role.step
      if let service = subject.node.service {
        environment += try variables(of: service, name)
        role = subject.errand.map { .errand($0.name) } ?? .service
      }
      if let maxFailures = options.value.maxFailures { environment.append(("BATON_MAX_FAILURES", String(maxFailures))) }
      if let handed { environment.append(("BATON_FAILED_TESTS", handed.list)) }
      if let checkpoint = subject.checkpoint { environment.append(("BATON_CHECKPOINT", checkpoint.text)) }
      for (variable, template) in subject.env where step.env[variable] == nil {
        environment.append((variable, try evaluation.text(of: template)))
      }
      for (variable, template) in step.env { environment.append((variable, try evaluation.text(of: template))) }
      var standardInput = try step.stdin.map { template throws(Evaluation.Failure) in try evaluation.text(of: template)
      }
      switch step.command {
      case .call(let call):
        environment.append((SubRun.variable, JSON.encode(try subRun(call, subject).value)))
      case .request(let request):
        // Not in the environment, which has no room for a long body.
        standardInput = JSON.encode(try evaluation.value(of: request))
        environment.append((WebRequest.variable, "\(context.run)/\(name)#\(subject.generation)"))
      case .shell, .program, .callback, .body: break
      }
      var words = try arguments(step, adding: handed?.words ?? [], dependencies: dependencies)
      let elsewhere = try place(of: step, subject)
      var capture: String?
      if options.value.captures, elsewhere != nil {
        capture = "\(context.folder.temporary)/capture-\(ticket)"
      } else if options.value.captures {
        let file = "\(context.folder.temporary)/capture-\(ticket)"
        words = ["/bin/sh", "-c", #"exec "$@" >"$BATON_CAPTURE""#, "sh"] + words
        environment.append(("BATON_CAPTURE", file))
        capture = file
      }
      var launch = Launch(
        ticket: ticket, step: name, attempt: attempt, arguments: words, extraEnvironment: environment,
        workingDirectory: try folder(step.cwd), role: role, of: run)
      launch.standardInput = standardInput
      launch.mutex = options.value.mutex
      launch.capture = capture
      launch.elsewhere = elsewhere
      if !options.value.leases.isEmpty {
        launch.lease = LeaseRequest(
          database: ProjectFolder(root: context.project).database, leases: options.value.leases,
          priority: options.value.priority, purpose: String(joining: context.run, "/", name))
      }
      return launch
    } catch {
      throw Obstacle(outcome: error.outcome)
    }
  }

  private func place(of step: Effective, _ subject: Subject) throws(Evaluation.Failure) -> Elsewhere? {
    guard step.executor != .local, !subject.isOwn else { return nil }
    switch step.command {
    // The run of another workflow is driven from here, and says itself where its steps are.
    case .call, .request: return nil
    case .shell, .program, .callback, .body:
      return try elsewhere(
        step, subject.node.options.value, service: subject.node.service == nil ? nil : subject.node)
    }
  }

  /// What the process of a service, its probes and its commands know.
  private func variables(
    of service: ServiceSpec, _ name: String
  ) throws(Evaluation.Failure) -> [(name: String, value: String)] {
    func own(_ path: [PathKey]) throws(Evaluation.Failure) -> String {
      try evaluation.value(of: .ref(Ref(step: name, path: path))).text
    }
    var variables = [(name: "BATON_SERVICE_FOLDER", value: try own([.name("folder")]))]
    for port in service.ports {
      variables.append(("BATON_PORT_\(port.uppercased())", try own([.name("port"), .name(port)])))
    }
    return variables
  }

  private func subRun(
    _ call: CallSpec, _ subject: Subject
  ) throws(Evaluation.Failure) -> SubRun {
    let file = try evaluation.text(of: call.file)
    let step = subject.node.name
    var params: [String: Value] = [:]
    for (name, expr) in call.params { params[name] = try evaluation.value(of: expr) }
    var run = SubRun(
      project: context.project,
      run: SubRun.id(run: context.run, step: step, generation: subject.generation),
      parent: "\(context.run)/\(step)", file: file.hasPrefix("/") ? file : "\(context.scriptFolder)/\(file)",
      params: params, jobs: context.jobs, noCache: context.noCache, callers: context.callers)
    run.changedSince = subject.changedSince
    return run
  }

  /// - Parameter words: of a shell's text, its arguments (`"$@"`).
  private func arguments(
    _ step: Effective, adding words: [String], dependencies: () -> Value
  ) throws(Evaluation.Failure) -> [String] {
    let own = try arguments(step, dependencies: dependencies)
    guard !words.isEmpty else { return own }
    if case .shell(let template) = step.command {
      return step.shell + [try evaluation.shellText(of: template), "sh"] + words
    }
    return own + words
  }

  private func arguments(
    _ step: Effective, dependencies: () -> Value
  ) throws(Evaluation.Failure) -> [String] {
    switch step.command {
    case .shell(let template): return shell(try evaluation.shellText(of: template), step.shell)
    case .program(let words): return try evaluation.arguments(of: words)
    case .body: throw .type("a durable body can't be an alternative")
    case .call: return ["/proc/self/exe", SubRun.command]
    case .request: return ["/proc/self/exe", WebRequest.command]
    case .callback(let callback):
      switch evaluation.call(callback, [dependencies()]) {
      case .returned(let values):
        switch values.first {
        case .string(let text): return shell(text, step.shell)
        case .list(let words) where !words.isEmpty: return words.map(\.text)
        case let other:
          throw .type(
            "`run` returned \((other ?? .null).kind == "list" ? "an empty list" : (other ?? .null).phrase): "
              + "it must return a string for the shell, or a list of a program and its arguments")
        }
      case let other: throw .callback(other)
      }
    }
  }

  private func shell(_ text: String, _ shell: [String]) -> [String] {
    if shell == StepOptions.standardShell, let words = ShellText.words(ofPlainCommand: text) { return words }
    return shell + [text]
  }

  /// A step's folder, absolute.
  func folder(_ template: Template?) throws(Evaluation.Failure) -> String {
    guard let template else { return context.scriptFolder }
    let text = try evaluation.text(of: template)
    return text.hasPrefix("/") ? text : "\(context.scriptFolder)/\(text)"
  }
}

extension Evaluation.Failure {
  /// What the failure makes of an attempt.
  var outcome: Outcome {
    switch self {
    case .callback(.halted(let reason)): .halted(reason)
    case .callback(.failed(let reason)): .failed(reason)
    case .missing, .secret, .callback, .type: .scriptError(text)
    }
  }
}

/// What every process of an attempt carries in `BATON_ATTEMPT`.
public enum LaunchToken {
  public static func text(run: String, attempt: StepAttempt) -> String {
    String(joining: run, "/", attempt.step, "#", String(attempt.number))
  }

  /// Of what is run for a service's sake beside its process: `ready`, `health`, `setup`, `teardown`.
  static func text(errand: String, of token: String) -> String { "\(token)/\(errand)" }

  /// All that may have been left behind by attempts that have no end.
  public static func all(run: String, _ attempts: [StepAttempt], services: (String) -> Bool) -> [String] {
    attempts.flatMap { attempt in
      let token = text(run: run, attempt: attempt)
      guard services(attempt.step) else { return [token] }
      return [token] + ["ready", "health", "setup", "teardown"].map { text(errand: $0, of: token) }
    }
  }
}
