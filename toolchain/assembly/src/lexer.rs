// SPDX-License-Identifier: Apache-2.0
//! One line as a sequence of tokens.

use std::{iter::Peekable, str::CharIndices};

use crate::{
    error::{Parsed, Problem},
    name,
};

/// One token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Token<'a> {
    /// Letters, digits and `_`, beginning with a letter: a register, a keyword.
    Word(&'a str),
    /// Anything that begins with a digit.
    Number(&'a str),
    /// `@name`, without the `@`.
    Label(&'a str),
    /// `'…'`, as the bytes it stands for.
    Name(Vec<u8>),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// The end of the line, or the comment at its end.
    End,
}

/// A token and where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Spanned<'a> {
    /// First byte in the line, from 0.
    pub(crate) at: usize,
    /// Byte behind the last.
    pub(crate) end: usize,
    pub(crate) token: Token<'a>,
}

/// Symbols, each before those that it begins with. Those that end in a letter are symbols only if no letter or digit
/// follows: `a0 >>a1` is a shift by `a1`.
const SYMBOLS: [&str; 36] = [
    "<<r", "<<", "<=u", "<=s", "<u", "<s", ">>a", ">>r", ">>", ">=u", ">=s", ">u", ">s", "==", "!=", "+=",
    "/u", "/s", "%u", "%s", "..", "=", "+", "-", "*", "&", "|", "^", "~", "(", ")", "[", "]", ",", ":", "%",
];

/// A line that is being read.
#[derive(Clone, Debug)]
pub(crate) struct Tokens<'a> {
    line: &'a str,
    chars: Peekable<CharIndices<'a>>,
    /// The token that was looked at but not taken.
    ahead: Option<Spanned<'a>>,
}

/// Whether labels may contain the character.
pub(crate) fn is_label_char(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !":,[]()=@'\"/".contains(c)
}

fn is_word_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(line: &'a str) -> Self {
        Self { line, chars: line.char_indices().peekable(), ahead: None }
    }

    /// The next token, without taking it.
    pub(crate) fn peek(&mut self) -> Parsed<&Spanned<'a>> {
        if self.ahead.is_none() {
            self.ahead = Some(self.read()?);
        }
        // Set in the line above if it was not.
        self.ahead.as_ref().ok_or_else(|| Problem::expected(0, "a token", ""))
    }

    /// Takes the next token.
    pub(crate) fn next(&mut self) -> Parsed<Spanned<'a>> {
        match self.ahead.take() {
            Some(token) => Ok(token),
            None => self.read(),
        }
    }

    /// Takes the next token if it is this symbol.
    pub(crate) fn eat(&mut self, symbol: &str) -> Parsed<bool> {
        let found = matches!(&self.peek()?.token, Token::Symbol(found) if *found == symbol);
        if found {
            self.next()?;
        }
        Ok(found)
    }

    /// Takes the next token if it is this word.
    pub(crate) fn eat_word(&mut self, word: &str) -> Parsed<bool> {
        let found = matches!(&self.peek()?.token, Token::Word(found) if *found == word);
        if found {
            self.next()?;
        }
        Ok(found)
    }

    /// Takes this symbol; `expected` names it in the error.
    pub(crate) fn symbol(&mut self, symbol: &str, expected: &'static str) -> Parsed<()> {
        if self.eat(symbol)? {
            return Ok(());
        }
        Err(self.unexpected(expected)?)
    }

    /// Takes the end of the line.
    pub(crate) fn end(&mut self, expected: &'static str) -> Parsed<()> {
        match self.peek()?.token {
            Token::End => Ok(()),
            _ => Err(self.unexpected(expected)?),
        }
    }

    /// The error that the next token is not what is expected.
    pub(crate) fn unexpected(&mut self, expected: &'static str) -> Parsed<Problem> {
        let token = self.peek()?.clone();
        Ok(self.wrong(&token, expected))
    }

    /// The error that this token is not what is expected.
    pub(crate) fn wrong(&self, token: &Spanned<'a>, expected: &'static str) -> Problem {
        let text = match token.token {
            Token::End => "",
            _ => self.line.get(token.at..token.end).unwrap_or_default(),
        };
        Problem::expected(token.at, expected, text)
    }

    /// What of the line has not been taken, without the comment at its end. For directives whose value is no
    /// sequence of tokens.
    pub(crate) fn rest(&mut self) -> (usize, &'a str) {
        let at = match self.ahead.take() {
            Some(token) => token.at,
            None => self.chars.peek().map_or(self.line.len(), |(at, _)| *at),
        };
        let rest = self.line.get(at..).unwrap_or_default();
        let rest = rest.split_once("//").map_or(rest, |(rest, _)| rest);
        (at, rest)
    }

    fn read(&mut self) -> Parsed<Spanned<'a>> {
        while self.chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let Some(&(at, first)) = self.chars.peek() else {
            let at = self.line.len();
            return Ok(Spanned { at, end: at, token: Token::End });
        };
        let rest = self.line.get(at..).unwrap_or_default();
        if rest.starts_with("//") {
            return Ok(Spanned { at, end: self.line.len(), token: Token::End });
        }
        let token = match first {
            '@' => {
                self.chars.next();
                match self.take_while(is_label_char) {
                    "" => return Err(Problem::expected(at, "the name of a label behind `@`", rest)),
                    name => Token::Label(name),
                }
            }
            '\'' => return self.read_name(at),
            _ if first.is_ascii_digit() => Token::Number(self.take_while(is_word_char)),
            _ if is_word_char(first) => Token::Word(self.take_while(is_word_char)),
            _ => match SYMBOLS.iter().find(|symbol| is_symbol(rest, symbol)) {
                Some(symbol) => {
                    for _ in symbol.chars() {
                        self.chars.next();
                    }
                    Token::Symbol(symbol)
                }
                None => return Err(Problem::expected(at, "an instruction, a label or a directive", rest)),
            },
        };
        Ok(Spanned { at, end: self.position(), token })
    }

    fn read_name(&mut self, at: usize) -> Parsed<Spanned<'a>> {
        let rest = self.line.get(at..).unwrap_or_default();
        let (name, len) =
            name::read_quoted(rest).map_err(|problem| Problem { at: at + problem.at, ..problem })?;
        let end = at + len;
        while self.chars.next_if(|(at, _)| *at < end).is_some() {}
        Ok(Spanned { at, end, token: Token::Name(name) })
    }

    fn position(&mut self) -> usize {
        self.chars.peek().map_or(self.line.len(), |(at, _)| *at)
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &'a str {
        let start = self.position();
        while self.chars.next_if(|(_, c)| accepts(*c)).is_some() {}
        let end = self.position();
        self.line.get(start..end).unwrap_or_default()
    }
}

fn is_symbol(text: &str, symbol: &str) -> bool {
    let Some(rest) = text.strip_prefix(symbol) else { return false };
    let ends_in_letter = symbol.ends_with(|c: char| c.is_ascii_alphabetic());
    !(ends_in_letter && rest.starts_with(is_word_char))
}
