import BatonLua

/// Where the value of a variable comes from, as far as the text tells: assignments, calls of the script's own functions, and the
/// axes of matrices.
struct ValueFlow {
  private var assigned: [ObjectIdentifier: [LuaNode]] = [:]
  private var functions: [ObjectIdentifier: LuaFunction] = [:]
  private var calls: [ObjectIdentifier: [[LuaNode]]] = [:]
  /// Function of a matrix's `step` → the matrix's axes.
  private var axes: [ObjectIdentifier: [LuaField]] = [:]

  init(_ facts: ScriptFacts) {
    for (statement, _) in facts.statements {
      switch statement.kind {
      case .assign(let targets, let values):
        for (target, value) in zip(targets, values) {
          if let binding = target.binding { assigned[ObjectIdentifier(binding), default: []].append(value) }
        }
      case .localFunction(let binding, let function): functions[ObjectIdentifier(binding)] = function
      default: break
      }
    }
    for visit in facts.visits {
      guard case .call(let callee, let arguments) = visit.node.kind, let binding = callee.bare.binding,
        let function = function(of: binding)
      else { continue }
      calls[ObjectIdentifier(function), default: []].append(arguments)
    }
    for declaration in facts.declarations where declaration.kind == "matrix" {
      guard let fields = declaration.fields?.table,
        let function = fields.first(where: { $0.name == "step" })?.value.bare.function,
        let table = fields.first(where: { $0.name == "axes" })?.value.bare.table
      else { continue }
      axes[ObjectIdentifier(function)] = table
    }
  }

  /// The function that a variable stands for, where it is always the same.
  func function(of binding: LuaBinding) -> LuaFunction? {
    binding.isReassigned ? nil : functions[ObjectIdentifier(binding)] ?? binding.initial?.bare.function
  }

  /// What was assigned last before a place in the text; else what the variable began with.
  func value(of binding: LuaBinding, before place: LuaNode) -> LuaNode? {
    let earlier = (assigned[ObjectIdentifier(binding)] ?? []).filter { $0.last < place.first }
    return earlier.max { $0.last < $1.last } ?? binding.initial
  }

  /// What the script's own calls give to a parameter.
  func arguments(of binding: LuaBinding) -> [LuaNode] {
    guard binding.isParameter, let index = binding.owner.parameters.firstIndex(where: { $0 === binding }) else {
      return []
    }
    return (calls[ObjectIdentifier(binding.owner)] ?? []).compactMap { arguments in
      arguments.indices.contains(index) ? arguments[index] : nil
    }
  }

  /// The values of an axis, where the variable is the cell in a matrix's `step = function(cell)`.
  func axis(_ name: String, of binding: LuaBinding) -> LuaNode? {
    guard binding.isParameter, binding.owner.parameters.first === binding else { return nil }
    return axes[ObjectIdentifier(binding.owner)]?.first { $0.name == name }?.value
  }
}
