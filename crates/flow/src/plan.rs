//! A document made ready to run: ids resolved, templates compiled.

use std::collections::HashSet;

use patchbay_expr::{Engine, Template, ValueTemplate};
use patchbay_model::{
    ConnectionId,
    flow::{FlowDocument, OnError, Retry, Step, StepKind, Trigger, WebhookRespond},
};
use serde_json::Value;

use crate::{
    FlowProblem, ProblemCode, limits,
    references::{Needs, ROOTS, StepName, root_of, step_of},
};

pub(crate) type StepIndex = usize;
pub(crate) type BlockIndex = usize;

/// A document ready to run. Immutable; share it between runs.
pub struct Plan {
    pub(crate) steps: Vec<PlanStep>,
    pub(crate) blocks: Vec<Vec<StepIndex>>,
    pub(crate) trigger_kind: &'static str,
}

/// The block of the top-level steps.
pub(crate) const ROOT: BlockIndex = 0;

/// One step of a plan.
pub struct PlanStep {
    /// Its id in the document.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it does.
    pub kind: StepKind,
    /// Slug of the app of an action.
    pub app: Option<String>,
    /// Key of the action.
    pub action: Option<String>,
    /// Through which connection it calls.
    pub connection: Option<ConnectionId>,
    /// How often it is tried again.
    pub retry: Option<Retry>,
    /// What happens to the run when it fails.
    pub on_error: OnError,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    /// Its input, for the runner or for `set` and `respond`.
    Input(Compiled),
    Branch {
        cases: Vec<(Condition, BlockIndex)>,
        otherwise: BlockIndex,
    },
    Loop {
        items: Compiled,
        body: BlockIndex,
    },
    Filter(Condition),
}

pub(crate) struct Compiled {
    pub(crate) template: ValueTemplate,
    pub(crate) needs: Needs,
}

pub(crate) struct Condition {
    pub(crate) test: Test,
    pub(crate) needs: Needs,
}

pub(crate) enum Test {
    Template(Template),
    Fixed(bool),
}

/// The word for a kind, as in a document.
pub(crate) const fn kind_word(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Http => "http",
        StepKind::Action => "action",
        StepKind::Branch => "branch",
        StepKind::Loop => "loop",
        StepKind::Delay => "delay",
        StepKind::Filter => "filter",
        StepKind::Set => "set",
        StepKind::RunFlow => "run_flow",
        StepKind::Wait => "wait",
        StepKind::SendEmail => "send_email",
        StepKind::Respond => "respond",
    }
}

impl PlanStep {
    /// The word for its kind, as in a document.
    pub const fn kind_word(&self) -> &'static str {
        kind_word(self.kind)
    }
}

impl Plan {
    /// Reads a document.
    ///
    /// # Errors
    /// Everything that keeps it from running wherever it stands: odd ids, expressions that cannot be read or refer to
    /// what is not there yet, fields that are missing. [`crate::check`] finds these and more.
    pub fn compile(document: &FlowDocument) -> Result<Self, Vec<FlowProblem>> {
        let mut compiler = Compiler {
            engine: Engine::new(),
            plan: Plan {
                steps: Vec::new(),
                blocks: vec![Vec::new()],
                trigger_kind: document.trigger.kind(),
            },
            problems: Vec::new(),
            ids: HashSet::new(),
            every_id: document
                .walk()
                .iter()
                .map(|at| at.step.id.clone())
                .collect(),
            visible: Vec::new(),
            in_loop: 0,
            answers: match &document.trigger {
                Trigger::Webhook { respond, .. } => *respond == WebhookRespond::AfterRun,
                Trigger::Manual {} => true,
                Trigger::Schedule { .. } | Trigger::App { .. } => false,
            },
        };
        if document.schema != 1 {
            compiler.problems.push(FlowProblem::document(
                "schema",
                ProblemCode::SchemaUnknown,
                "The document's schema must be 1.",
            ));
        }
        if compiler.every_id.len() > limits::STEPS {
            return Err(vec![FlowProblem::document(
                "steps",
                ProblemCode::TooLarge,
                format!(
                    "The flow has more than {} steps; move some into a flow of their own.",
                    limits::STEPS
                ),
            )]);
        }
        compiler.block(ROOT, &document.steps, 0);
        if compiler.problems.is_empty() {
            Ok(compiler.plan)
        } else {
            Err(compiler.problems)
        }
    }

    /// How many steps there are, nested ones counted.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// A step that a command names.
    ///
    /// # Panics
    /// When the index is not one of this plan.
    pub fn step(&self, index: usize) -> &PlanStep {
        &self.steps[index]
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

struct Compiler {
    engine: Engine,
    plan: Plan,
    problems: Vec<FlowProblem>,
    ids: HashSet<String>,
    every_id: Vec<String>,
    /// Steps whose output can be there when the current step begins.
    visible: Vec<String>,
    in_loop: usize,
    /// Whether somebody may wait for a `respond` step.
    answers: bool,
}

impl Compiler {
    fn block(&mut self, block: BlockIndex, steps: &[Step], depth: usize) {
        for step in steps {
            let index = self.step(step, depth);
            self.plan.blocks[block].push(index);
            self.visible.push(step.id.clone());
        }
    }

    fn child(&mut self, steps: &[Step], depth: usize) -> BlockIndex {
        let block = self.plan.blocks.len();
        self.plan.blocks.push(Vec::new());
        self.block(block, steps, depth + 1);
        block
    }

    fn problem(
        &mut self,
        step: &Step,
        path: impl Into<String>,
        code: ProblemCode,
        message: impl Into<String>,
    ) {
        self.problems
            .push(FlowProblem::step(&step.id, path, code, message));
    }

    fn step(&mut self, step: &Step, depth: usize) -> StepIndex {
        self.id(step);
        if depth > limits::DEPTH {
            self.problem(
                step,
                "",
                ProblemCode::TooLarge,
                format!(
                    "Steps may be nested {} deep; move some into a flow of their own.",
                    limits::DEPTH
                ),
            );
            return self.push(step, Body::Filter(Condition::fixed(true)));
        }
        self.fields(step);
        if step
            .retry
            .is_some_and(|retry| retry.times > limits::RETRIES)
        {
            self.problem(
                step,
                "retry.times",
                ProblemCode::Invalid,
                format!(
                    "A step can be tried again {} times at most.",
                    limits::RETRIES
                ),
            );
        }
        match step.kind {
            StepKind::Http
            | StepKind::Action
            | StepKind::Delay
            | StepKind::Set
            | StepKind::RunFlow => {
                let input = self.compiled(step, "input", &step.input);
                self.push_some(step, input.map(Body::Input))
            }
            StepKind::Respond => {
                if !self.answers {
                    self.problem(
                        step,
                        "kind",
                        ProblemCode::RespondUnused,
                        "Nobody waits for this answer: set the webhook trigger to answer after the run, or remove the step.",
                    );
                }
                let input = self.compiled(step, "input", &step.input);
                self.push_some(step, input.map(Body::Input))
            }
            StepKind::Filter => {
                let condition = if let Some(when) = &step.when {
                    self.condition(step, "when", when)
                } else {
                    self.problem(
                        step,
                        "when",
                        ProblemCode::Required,
                        "The filter needs a condition.",
                    );
                    Condition::fixed(true)
                };
                self.push(step, Body::Filter(condition))
            }
            StepKind::Branch => self.branch(step, depth),
            StepKind::Loop => self.looped(step, depth),
            StepKind::Wait | StepKind::SendEmail => {
                self.problem(
                    step,
                    "kind",
                    ProblemCode::NotAvailable,
                    format!(
                        "`{}` steps are not available in this version; remove the step.",
                        kind_word(step.kind)
                    ),
                );
                self.push(step, Body::Filter(Condition::fixed(true)))
            }
        }
    }

    fn id(&mut self, step: &Step) {
        let shaped = step.id.len() <= limits::ID_CHARS
            && step
                .id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && step.id.starts_with(|c: char| c.is_ascii_alphabetic());
        if !shaped || step.id == "trigger" {
            self.problem(
                step,
                "id",
                ProblemCode::IdInvalid,
                format!(
                    "`{}` cannot be a step's id: use letters, digits and `_`, beginning with a letter, at most {} characters, not `trigger`.",
                    step.id,
                    limits::ID_CHARS
                ),
            );
        } else if !self.ids.insert(step.id.clone()) {
            self.problem(
                step,
                "id",
                ProblemCode::IdDuplicate,
                format!(
                    "Another step is called `{}`; give each its own id.",
                    step.id
                ),
            );
        }
    }

    /// Fields that say something to other kinds only would be a misunderstanding.
    fn fields(&mut self, step: &Step) {
        let misplaced: [(&str, bool); 6] = [
            (
                "branches",
                !step.branches.is_empty() && step.kind != StepKind::Branch,
            ),
            (
                "otherwise",
                !step.otherwise.is_empty() && step.kind != StepKind::Branch,
            ),
            ("items", step.items.is_some() && step.kind != StepKind::Loop),
            (
                "steps",
                !step.steps.is_empty() && step.kind != StepKind::Loop,
            ),
            ("when", step.when.is_some() && step.kind != StepKind::Filter),
            (
                "action",
                step.action.is_some() && step.kind != StepKind::Action,
            ),
        ];
        for (field, wrong) in misplaced {
            if wrong {
                let word = kind_word(step.kind);
                self.problem(
                    step,
                    field,
                    ProblemCode::Unknown,
                    format!("A `{word}` step has no `{field}`; remove it."),
                );
            }
        }
    }

    fn branch(&mut self, step: &Step, depth: usize) -> StepIndex {
        if step.branches.is_empty() {
            self.problem(
                step,
                "branches",
                ProblemCode::Required,
                "The branch needs a case with a condition.",
            );
        }
        let before = self.visible.len();
        let mut seen_inside = Vec::new();
        let mut cases = Vec::new();
        for (at, branch) in step.branches.iter().enumerate() {
            let condition = self.condition(step, &format!("branches[{at}].when"), &branch.when);
            let block = self.child(&branch.steps, depth);
            seen_inside.extend(self.visible.split_off(before));
            cases.push((condition, block));
        }
        let otherwise = self.child(&step.otherwise, depth);
        seen_inside.extend(self.visible.split_off(before));
        self.visible.extend(seen_inside);
        self.push(step, Body::Branch { cases, otherwise })
    }

    fn looped(&mut self, step: &Step, depth: usize) -> StepIndex {
        let items = if let Some(items) = &step.items {
            self.compiled(step, "items", items)
        } else {
            self.problem(
                step,
                "items",
                ProblemCode::Required,
                "The loop needs a list to go over.",
            );
            None
        };
        if step.parallel.is_some_and(|n| !(1..=50).contains(&n)) {
            self.problem(
                step,
                "parallel",
                ProblemCode::Invalid,
                "`parallel` must be between 1 and 50.",
            );
        }
        let before = self.visible.len();
        self.in_loop += 1;
        let body = self.child(&step.steps, depth);
        self.in_loop -= 1;
        self.visible.truncate(before);
        self.push_some(step, items.map(|items| Body::Loop { items, body }))
    }

    fn push(&mut self, step: &Step, body: Body) -> StepIndex {
        self.plan.steps.push(PlanStep {
            id: step.id.clone(),
            name: step.name.clone(),
            kind: step.kind,
            app: step.app.clone(),
            action: step.action.clone(),
            connection: step.connection.as_ref().map(|c| c.connection.clone()),
            retry: step.retry,
            on_error: step.on_error,
            body,
        });
        self.plan.steps.len() - 1
    }

    /// A step whose problems have been told keeps its place; such a plan is never handed out.
    fn push_some(&mut self, step: &Step, body: Option<Body>) -> StepIndex {
        self.push(step, body.unwrap_or(Body::Filter(Condition::fixed(true))))
    }

    fn compiled(&mut self, step: &Step, path: &str, value: &Value) -> Option<Compiled> {
        let before = self.problems.len();
        self.leaves(step, path, value);
        if self.problems.len() > before {
            return None;
        }
        match self.engine.compile_value(value) {
            Ok(template) => Some(Compiled {
                needs: Needs::of(&template.references()),
                template,
            }),
            Err(error) => {
                self.problem(
                    step,
                    path,
                    ProblemCode::ExpressionInvalid,
                    sentence(&error.message),
                );
                None
            }
        }
    }

    fn leaves(&mut self, step: &Step, path: &str, value: &Value) {
        match value {
            Value::String(text) => {
                if let Some(template) = self.template(step, path, text) {
                    self.references(step, path, &template.references());
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.leaves(step, &format!("{path}[{at}]"), item);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.leaves(step, &format!("{path}.{key}"), item);
                }
            }
            _ => {}
        }
    }

    fn template(&mut self, step: &Step, path: &str, text: &str) -> Option<Template> {
        match self.engine.compile(text) {
            Ok(template) => Some(template),
            Err(error) => {
                let place = if error.line > 1 {
                    format!(" (line {}, column {})", error.line, error.column)
                } else {
                    format!(" (column {})", error.column)
                };
                self.problem(
                    step,
                    path,
                    ProblemCode::ExpressionInvalid,
                    sentence(&format!("{}{place}", error.message)),
                );
                None
            }
        }
    }

    fn condition(&mut self, step: &Step, path: &str, when: &Value) -> Condition {
        match when {
            Value::Bool(fixed) => Condition::fixed(*fixed),
            Value::String(text) if text.trim().is_empty() => {
                self.problem(step, path, ProblemCode::Required, "The condition is empty.");
                Condition::fixed(true)
            }
            Value::String(text) => {
                let Some(template) = self.template(step, path, text) else {
                    return Condition::fixed(true);
                };
                let references = template.references();
                self.references(step, path, &references);
                Condition {
                    needs: Needs::of(&references),
                    test: Test::Template(template),
                }
            }
            _ => {
                self.problem(
                    step,
                    path,
                    ProblemCode::Invalid,
                    "The condition must be an expression such as `{{ trigger.body.n > 10 }}`, or true or false.",
                );
                Condition::fixed(true)
            }
        }
    }

    fn references(&mut self, step: &Step, path: &str, references: &[String]) {
        for reference in references {
            let root = root_of(reference);
            let message = if !ROOTS.contains(&root) {
                format!(
                    "`{root}` is not known here; expressions can use {}.",
                    ROOTS.join(", ")
                )
            } else if root == "loop" && self.in_loop == 0 {
                "`loop` is known only inside a loop.".to_owned()
            } else {
                match step_of(reference) {
                    StepName::Named(id) if !self.visible.iter().any(|seen| seen == id) => {
                        self.why_unseen(id)
                    }
                    _ => continue,
                }
            };
            self.problem(step, path, ProblemCode::ReferenceUnknown, message);
        }
    }

    fn why_unseen(&self, id: &str) -> String {
        if !self.every_id.iter().any(|known| known == id) {
            return format!("There is no step `{id}`; choose one that comes before.");
        }
        if self.ids.contains(id) {
            return format!(
                "The output of `{id}` is not known here: it is this step, or stands inside a loop or another branch."
            );
        }
        format!("Step `{id}` comes later; choose one that comes before.")
    }
}

impl Condition {
    fn fixed(value: bool) -> Self {
        Self {
            test: Test::Fixed(value),
            needs: Needs::of(&[]),
        }
    }
}

/// The message with a capital and a full stop.
pub(crate) fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let mut out: String = chars
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + chars.as_str())
        .unwrap_or_default();
    if !out.ends_with('.') {
        out.push('.');
    }
    out
}
