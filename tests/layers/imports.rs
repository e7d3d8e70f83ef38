//! Which file imports from which: every path followed to the file that defines what it names.
//!
//! A re-export is followed, not counted: `super::Row` is an import from `row.rs`, wherever
//! `pub use row::Row;` makes it known. That a module makes its own children known is no import at
//! all; that it uses them in its code is one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::modules::{How, Id, Meaning, Mention, Tree};

/// One path in one file that leads to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) line: usize,
    pub(crate) path: String,
    pub(crate) to: String,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, line, path, to } = self;
        write!(f, "{from}:{line} uses `{path}` of {to}")
    }
}

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Module(Id),
    /// Something that this module defines.
    Item(Id),
}

impl Target {
    fn module(self) -> Id {
        match self {
            Self::Module(module) | Self::Item(module) => module,
        }
    }
}

/// Every import between two files, in order.
pub(crate) fn imports(tree: &Tree) -> Vec<Import> {
    let mut found = BTreeSet::new();
    for (module, of) in tree.modules.iter().enumerate() {
        for mention in &of.mentions {
            for target in tree.targets(module, mention) {
                let to = &tree.modules[target.module()].file;
                if *to != of.file {
                    found.insert(Import {
                        from: of.file.clone(),
                        line: mention.line,
                        path: mention.path.join("::"),
                        to: to.clone(),
                    });
                }
            }
        }
    }
    found.into_iter().collect()
}

impl Tree {
    fn targets(&self, module: Id, mention: &Mention) -> BTreeSet<Target> {
        let mut targets = self.resolve(module, &mention.path, &mut BTreeSet::new());
        match mention.how {
            // The name of a module alone is nothing that code can use.
            How::Code if mention.path.len() == 1 => {
                targets.retain(|target| matches!(target, Target::Item(_)));
            }
            How::Import | How::Reexport | How::Code => {}
            How::Macro => {
                if let [name] = mention.path.as_slice()
                    && targets.is_empty()
                {
                    targets = self.macros(module, name);
                }
            }
            How::Glob | How::GlobReexport => {
                for target in targets.clone() {
                    if let Target::Module(of) = target {
                        targets.extend(self.everything(of, module));
                    }
                }
            }
        }
        if matches!(mention.how, How::Reexport | How::GlobReexport) {
            targets.retain(|target| !self.is_within(target.module(), module));
        }
        targets
    }

    /// All that `use of::*` brings into a module.
    fn everything(&self, of: Id, into: Id) -> BTreeSet<Target> {
        let inside = self.is_within(into, of);
        let names = self.modules[of].names.iter();
        let visible = names.filter(|(_, all)| inside || all.iter().any(|name| !name.private));
        let mut seen = BTreeSet::new();
        visible.flat_map(|(name, _)| self.lookup(of, name, &mut seen)).collect()
    }

    /// The macros of the crate by name: where they are known is a question of the order of text.
    fn macros(&self, module: Id, name: &str) -> BTreeSet<Target> {
        let root = self.root(module);
        let all = (0..self.modules.len()).filter(|other| self.root(*other) == root);
        all.filter(|other| self.modules[*other].macros.contains(name)).map(Target::Item).collect()
    }

    fn root(&self, module: Id) -> Id {
        self.modules[module].parent.map_or(module, |parent| self.root(parent))
    }

    fn is_within(&self, module: Id, ancestor: Id) -> bool {
        let parent = self.modules[module].parent;
        module == ancestor || parent.is_some_and(|parent| self.is_within(parent, ancestor))
    }

    /// What a path in a module leads to; nothing for what other people's crates define.
    fn resolve(
        &self,
        module: Id,
        path: &[String],
        open: &mut BTreeSet<(Id, String)>,
    ) -> BTreeSet<Target> {
        let [first, rest @ ..] = path else { return BTreeSet::new() };
        let extern_crate = |name: &String| self.crates.get(name).copied().map(Target::Module);
        let mut found: BTreeSet<_> = match first.as_str() {
            "crate" => [Target::Module(self.root(module))].into(),
            "self" => [Target::Module(module)].into(),
            "super" => self.modules[module].parent.map(Target::Module).into_iter().collect(),
            "" => {
                return rest.first().and_then(extern_crate).map_or_else(BTreeSet::new, |found| {
                    self.walk([found].into(), rest.get(1..).unwrap_or_default(), open)
                });
            }
            _ => self.lookup(module, first, open),
        };
        if found.is_empty() {
            found.extend(extern_crate(first));
        }
        self.walk(found, rest, open)
    }

    fn walk(
        &self,
        start: BTreeSet<Target>,
        names: &[String],
        open: &mut BTreeSet<(Id, String)>,
    ) -> BTreeSet<Target> {
        let mut found = start;
        for name in names {
            let mut next = BTreeSet::new();
            for target in found {
                match target {
                    Target::Module(of) if name == "super" => {
                        next.extend(self.modules[of].parent.map(Target::Module));
                    }
                    Target::Module(of) => {
                        let below = self.lookup(of, name, open);
                        // A macro of that module may define it.
                        next.extend(if below.is_empty() {
                            [Target::Item(of)].into()
                        } else {
                            below
                        });
                    }
                    // A variant, a constant, a function of a type.
                    Target::Item(_) => {
                        next.insert(target);
                    }
                }
            }
            found = next;
        }
        found
    }

    /// What a name means in a module. `open` are the questions being asked, for imports in a circle.
    fn lookup(
        &self,
        module: Id,
        name: &str,
        open: &mut BTreeSet<(Id, String)>,
    ) -> BTreeSet<Target> {
        let question = (module, name.to_owned());
        if !open.insert(question.clone()) {
            return BTreeSet::new();
        }
        let of = &self.modules[module];
        let mut found = BTreeSet::new();
        for name in of.names.get(name).into_iter().flatten() {
            match &name.meaning {
                Meaning::Module(child) => {
                    found.insert(Target::Module(*child));
                }
                Meaning::Item => {
                    found.insert(Target::Item(module));
                }
                Meaning::Import(path) => found.extend(self.resolve(module, path, open)),
            }
        }
        if found.is_empty() && !of.names.contains_key(name) {
            let globs = of.mentions.iter();
            let globs = globs.filter(|use_| matches!(use_.how, How::Glob | How::GlobReexport));
            for glob in globs {
                for target in self.resolve(module, &glob.path, open) {
                    if let Target::Module(of) = target {
                        found.extend(self.lookup(of, name, open));
                    }
                }
            }
        }
        open.remove(&question);
        found
    }
}

/// The shortest circle through each file that is in one, each circle once.
pub(crate) fn circles(imports: &[Import]) -> Vec<Vec<&Import>> {
    let mut from: BTreeMap<&str, Vec<&Import>> = BTreeMap::new();
    for import in imports {
        from.entry(&import.from).or_default().push(import);
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for file in from.keys() {
        let Some(circle) = shortest(&from, file) else { continue };
        let files: BTreeSet<_> = circle.iter().map(|import| &import.from).collect();
        if seen.insert(files) {
            found.push(circle);
        }
    }
    found
}

/// The shortest way from a file back to itself.
fn shortest<'i>(from: &BTreeMap<&str, Vec<&'i Import>>, file: &str) -> Option<Vec<&'i Import>> {
    let mut came: BTreeMap<&str, &Import> = BTreeMap::new();
    let mut next = VecDeque::from([file]);
    while let Some(at) = next.pop_front() {
        for import in from.get(at).into_iter().flatten().copied() {
            if came.contains_key(import.to.as_str()) {
                continue;
            }
            came.insert(&import.to, import);
            if import.to == file {
                let mut circle = vec![import];
                while let Some(first) = circle.first()
                    && first.from != file
                    && let Some(before) = came.get(first.from.as_str())
                {
                    circle.insert(0, before);
                }
                return Some(circle);
            }
            next.push_back(&import.to);
        }
    }
    None
}
