//! The crates of a repository as modules, and what the code of each module mentions.
//!
//! Every path counts, wherever it stands: in a `use`, a type, an expression, the tokens of a macro,
//! an attribute. Code that is only compiled for unit tests is left out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// The text of each file by its path from the top of the repository.
pub(crate) type Sources = BTreeMap<String, String>;

/// Where a module stands in [`Tree::modules`].
pub(crate) type Id = usize;

/// All modules of all crates.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) modules: Vec<Module>,
    /// The crates that others can name.
    pub(crate) crates: BTreeMap<String, Id>,
    /// The modules that only unit tests have, as the paths their files begin with.
    left_out: Vec<String>,
}

/// A module, in a file of its own or inline.
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) parent: Option<Id>,
    pub(crate) names: BTreeMap<String, Vec<Name>>,
    pub(crate) mentions: Vec<Mention>,
    /// The macros that its code defines.
    pub(crate) macros: BTreeSet<String>,
    /// Where the files of its children are.
    folder: String,
}

/// What a name stands for, in the module that has it.
pub(crate) struct Name {
    pub(crate) meaning: Meaning,
    pub(crate) private: bool,
}

/// See [`Name`].
pub(crate) enum Meaning {
    Module(Id),
    /// An item that this very module defines.
    Item,
    Import(Vec<String>),
}

/// A path in the code of a module.
pub(crate) struct Mention {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    pub(crate) how: How,
}

/// Where a mention stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// `use path;`, for the module's own code.
    Import,
    /// `pub use path;`, for others.
    Reexport,
    /// `use path::*;`
    Glob,
    /// `pub use path::*;`
    GlobReexport,
    /// In the code.
    Code,
    /// In the code, followed by an exclamation mark.
    Macro,
}

impl Tree {
    /// Reads crates from their root files; a name only for those that others can name.
    pub(crate) fn read(sources: &Sources, roots: &[(Option<String>, String)]) -> Self {
        let mut tree = Self::default();
        for (name, file) in roots {
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let root = tree.add(None, file.clone(), folder.to_owned());
            if let Some(name) = name {
                tree.crates.insert(name.clone(), root);
            }
            tree.read_file(sources, root);
        }
        tree
    }

    /// The files that no crate has, neither for its code nor for its unit tests.
    pub(crate) fn unread(&self, sources: &Sources) -> Vec<String> {
        let read: BTreeSet<_> = self.modules.iter().map(|module| &module.file).collect();
        let left_out = |file: &String| self.left_out.iter().any(|start| file.starts_with(start));
        sources.keys().filter(|file| !read.contains(file) && !left_out(file)).cloned().collect()
    }

    fn add(&mut self, parent: Option<Id>, file: String, folder: String) -> Id {
        self.modules.push(Module {
            file,
            parent,
            names: BTreeMap::new(),
            mentions: Vec::new(),
            macros: BTreeSet::new(),
            folder,
        });
        self.modules.len() - 1
    }

    fn read_file(&mut self, sources: &Sources, module: Id) {
        let file = &self.modules[module].file;
        let text = sources.get(file).unwrap_or_else(|| panic!("{file} is not there"));
        let code = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        if !only_for_unit_tests(&code.attrs) {
            Reader { tree: self, sources, module }.visit_file(&code);
        }
    }
}

/// Walks over the code of one module.
struct Reader<'t> {
    tree: &'t mut Tree,
    sources: &'t Sources,
    module: Id,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        &mut self.tree.modules[self.module]
    }

    fn name(&mut self, name: &Ident, meaning: Meaning, visibility: &Visibility) {
        let private = matches!(visibility, Visibility::Inherited);
        let names = &mut self.module().names;
        names.entry(plain(name)).or_default().push(Name { meaning, private });
    }

    fn mention(&mut self, path: Vec<String>, at: proc_macro2::Span, how: How) {
        self.module().mentions.push(Mention { path, line: at.start().line, how });
    }

    /// `mod name;` or `mod name { .. }`
    fn child(&mut self, item: &syn::ItemMod) {
        let name = plain(&item.ident);
        let Module { file, folder, .. } = &self.tree.modules[self.module];
        let below = format!("{folder}/{name}");
        if let Some((_, items)) = &item.content {
            let child = self.tree.add(Some(self.module), file.clone(), below);
            self.name(&item.ident, Meaning::Module(child), &item.vis);
            let mut reader = Reader { tree: self.tree, sources: self.sources, module: child };
            for item in items {
                reader.visit_item(item);
            }
            return;
        }
        let (file, folder) = match path_attribute(&item.attrs) {
            Some(path) => {
                let beside = file.rsplit_once('/').map_or("", |(folder, _)| folder);
                let file = joined(beside, &path);
                let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                (file, folder)
            }
            None if self.sources.contains_key(&format!("{below}.rs")) => {
                (format!("{below}.rs"), below)
            }
            None => (format!("{below}/mod.rs"), below),
        };
        let child = self.tree.add(Some(self.module), file, folder);
        self.name(&item.ident, Meaning::Module(child), &item.vis);
        self.tree.read_file(self.sources, child);
    }

    /// The leaves of a `use`, each with its whole path.
    fn import(&mut self, before: &[String], tree: &UseTree, visibility: &Visibility) {
        let private = matches!(visibility, Visibility::Inherited);
        let how = if private { How::Import } else { How::Reexport };
        let with = |name: &Ident| {
            let name = plain(name);
            let itself = name == "self" && !before.is_empty();
            before.iter().cloned().chain((!itself).then_some(name)).collect::<Vec<_>>()
        };
        match tree {
            UseTree::Path(path) => self.import(&with(&path.ident), &path.tree, visibility),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(before, tree, visibility));
            }
            UseTree::Name(name) => {
                let path = with(&name.ident);
                self.mention(path.clone(), name.ident.span(), how);
                let own = path.last().map(|own| Ident::new(own, name.ident.span()));
                if let Some(own) = own {
                    self.name(&own, Meaning::Import(path), visibility);
                }
            }
            UseTree::Rename(rename) => {
                let path = with(&rename.ident);
                self.mention(path.clone(), rename.ident.span(), how);
                self.name(&rename.rename, Meaning::Import(path), visibility);
            }
            UseTree::Glob(glob) => {
                let how = if private { How::Glob } else { How::GlobReexport };
                self.mention(before.to_vec(), glob.star_token.spans[0], how);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if only_for_unit_tests(attributes(item)) {
            if let Item::Mod(item) = item {
                let folder = &self.tree.modules[self.module].folder;
                let start = format!("{folder}/{}", item.ident);
                self.tree.left_out.extend([format!("{start}.rs"), format!("{start}/")]);
            }
            return;
        }
        let named = match item {
            Item::Const(item) => Some((&item.ident, &item.vis)),
            Item::Enum(item) => Some((&item.ident, &item.vis)),
            Item::Fn(item) => Some((&item.sig.ident, &item.vis)),
            Item::Static(item) => Some((&item.ident, &item.vis)),
            Item::Struct(item) => Some((&item.ident, &item.vis)),
            Item::Trait(item) => Some((&item.ident, &item.vis)),
            Item::TraitAlias(item) => Some((&item.ident, &item.vis)),
            Item::Type(item) => Some((&item.ident, &item.vis)),
            Item::Union(item) => Some((&item.ident, &item.vis)),
            _ => None,
        };
        if let Some((name, visibility)) = named {
            self.name(name, Meaning::Item, visibility);
        }
        match item {
            Item::Mod(item) => self.child(item),
            Item::Use(item) => {
                // `use ::name` can only be another crate.
                let before = item.leading_colon.as_ref().map(|_| String::new());
                self.import(before.as_slice(), &item.tree, &item.vis);
            }
            other => visit::visit_item(self, other),
        }
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.module().macros.insert(plain(name));
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        use syn::{ImplItem, ImplItemConst, ImplItemFn, ImplItemMacro, ImplItemType};
        let (ImplItem::Const(ImplItemConst { attrs, .. })
        | ImplItem::Fn(ImplItemFn { attrs, .. })
        | ImplItem::Type(ImplItemType { attrs, .. })
        | ImplItem::Macro(ImplItemMacro { attrs, .. })) = item
        else {
            return visit::visit_impl_item(self, item);
        };
        if !only_for_unit_tests(attrs) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !only_for_unit_tests(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !only_for_unit_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if !only_for_unit_tests(&field.attrs) {
            visit::visit_field_value(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !only_for_unit_tests(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut names: Vec<_> = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
        if path.leading_colon.is_some() {
            names.insert(0, String::new());
        }
        if let Some(first) = path.segments.first() {
            self.mention(names, first.ident.span(), How::Code);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if let Some(name) = mac.path.get_ident() {
            self.mention(vec![plain(name)], name.span(), How::Macro);
        }
        visit::visit_macro(self, mac);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        visit::visit_attribute(self, attribute);
    }

    /// `pub(in path)` is no use of anything.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    /// Texts may be paths, as in `#[serde(with = "path")]`, or have them, as in `"{LIMIT} bytes"`.
    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        for names in paths_in_text(&text.value()) {
            self.mention(names, text.span(), How::Code);
        }
    }

    /// The tokens of macros and attributes: whatever looks like a path is taken for one.
    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        self.tokens(tokens.clone());
    }
}

impl Reader<'_> {
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        let mut dots = 0;
        while let [token, after @ ..] = rest {
            rest = after;
            match token {
                TokenTree::Ident(name) if name == "use" => {
                    let end = after.iter().position(|token| is(token, ';')).unwrap_or_default();
                    let tree = syn::parse2(after[..end].iter().cloned().collect());
                    if let Ok(tree) = tree {
                        self.import(&[], &tree, &Visibility::Inherited);
                        rest = &after[end..];
                    }
                }
                TokenTree::Ident(name) => {
                    let path;
                    (path, rest) = path_at(name, after);
                    if path.len() == 1 && rest.first().is_some_and(|next| is(next, '!')) {
                        self.mention(path.clone(), name.span(), How::Macro);
                    }
                    // After a single dot comes a field or a method.
                    if dots != 1 {
                        self.mention(path, name.span(), How::Code);
                    }
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        for names in paths_in_text(&text.value()) {
                            self.mention(names, literal.span(), How::Code);
                        }
                    }
                }
                TokenTree::Punct(_) => {}
            }
            dots = if is(token, '.') { dots + 1 } else { 0 };
        }
    }
}

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// The path that begins with a name, and the tokens after it.
fn path_at<'t>(first: &Ident, after: &'t [TokenTree]) -> (Vec<String>, &'t [TokenTree]) {
    let mut path = vec![plain(first)];
    let mut rest = after;
    while let [colon, second, TokenTree::Ident(name), after @ ..] = rest
        && is(colon, ':')
        && is(second, ':')
    {
        path.push(plain(name));
        rest = after;
    }
    (path, rest)
}

/// A path as the whole text, and the names in the braces of a format.
fn paths_in_text(text: &str) -> Vec<Vec<String>> {
    let is_name = |name: &str| {
        name.chars().all(|letter| letter == '_' || letter.is_alphanumeric()) && !name.is_empty()
    };
    if text.contains("::") && text.split("::").all(is_name) {
        return vec![text.split("::").map(str::to_owned).collect()];
    }
    let ends = |letter: char| letter == '}' || letter == ':';
    let formatted = text.split('{').skip(1).filter_map(|part| part.split(ends).next());
    formatted.filter(|name| is_name(name)).map(|name| vec![name.to_owned()]).collect()
}

/// Without the `r#` of names that are keywords.
fn plain(name: &Ident) -> String {
    let text = name.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

/// A relative path from a folder.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').collect();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// The text of `#[path = "text"]`.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    let path = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    match &path.meta.require_name_value().ok()?.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Whether the code is there only where `test` is set.
fn only_for_unit_tests(attributes: &[Attribute]) -> bool {
    let cfg = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    cfg.filter_map(|attribute| attribute.parse_args().ok())
        .any(|condition| implies_test(&condition))
}

fn implies_test(condition: &syn::Meta) -> bool {
    let syn::Meta::List(list) = condition else { return condition.path().is_ident("test") };
    let parts = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
    let Ok(parts) = list.parse_args_with(parts) else { return false };
    if list.path.is_ident("all") {
        parts.iter().any(implies_test)
    } else {
        list.path.is_ident("any") && !parts.is_empty() && parts.iter().all(implies_test)
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(syn::ItemConst { attrs, .. })
        | Item::Enum(syn::ItemEnum { attrs, .. })
        | Item::ExternCrate(syn::ItemExternCrate { attrs, .. })
        | Item::Fn(syn::ItemFn { attrs, .. })
        | Item::ForeignMod(syn::ItemForeignMod { attrs, .. })
        | Item::Impl(syn::ItemImpl { attrs, .. })
        | Item::Macro(syn::ItemMacro { attrs, .. })
        | Item::Mod(syn::ItemMod { attrs, .. })
        | Item::Static(syn::ItemStatic { attrs, .. })
        | Item::Struct(syn::ItemStruct { attrs, .. })
        | Item::Trait(syn::ItemTrait { attrs, .. })
        | Item::Type(syn::ItemType { attrs, .. })
        | Item::Union(syn::ItemUnion { attrs, .. })
        | Item::Use(syn::ItemUse { attrs, .. }) => attrs,
        _ => &[],
    }
}
