//! What the bytes of an instruction stand for, family by family. Each method adds a whole instruction and brings the
//! stack's guesses up to date, or adds nothing and says so, where the values that it needs are not there.

use fatjit_ir::{HelperId, ObjectId, Reason, TypeId};
use fatjit_jit::gbc::{BoolOp, Cmp, FloatOp, GOp, IntOp, Reg, Release, Seen};

use super::{
    ARRAY, ARRAY_OBJECT, Builder, Draw, FREE, Guess, ITEM, PAIR, STACK, T0, T1, T2, T3, UNIT_PAIR,
    VARIABLES, variable_at,
};
use crate::naive::{HostArg, UNIT_FLOAT, UNIT_INT};

impl Builder {
    pub(super) fn instructions(&mut self, draws: &[Draw]) {
        for &(which, x, y) in draws {
            let done = match which % if self.arrays { 11 } else { 8 } {
                8.. => self.elements(x, y),
                0 | 1 => self.move_values(x, y),
                2 => self.locals(x, y),
                3 => self.arithmetic(x, y),
                4 => self.host(x, y),
                5 => self.virtuals(x, y),
                _ => {
                    self.has_room() && {
                        self.constant(x, y);
                        true
                    }
                }
            };
            if !done && self.has_room() {
                self.load(x);
            }
        }
    }

    /// Reads or writes the array, at an index counted from the end now and then.
    fn elements(&mut self, x: u8, y: u8) -> bool {
        let guesses = [Guess::Int, Guess::Float, Guess::Pair];
        let read = x.is_multiple_of(2);
        if x % 8 == 7 {
            let local = usize::from(y) % FREE as usize;
            self.begin();
            self.push(GOp::Forgo {
                local: Reg(local as u32),
            });
            return true;
        }
        if read && !self.has_room() || !read && !self.has(1) {
            return false;
        }
        let wanted = match self.stack.last() {
            Some(guess) if !read => guesses.iter().position(|g| g == guess).unwrap_or(2),
            _ => usize::from(y) % ARRAY,
        };
        self.begin();
        let (index, length) = (T1, T3);
        let wrap = y & 16 != 0;
        let counted = wanted as i64 - if wrap { ARRAY as i64 } else { 0 };
        self.int(index, counted);
        self.int(length, ARRAY as i64 - i64::from(y / 250));
        self.push(GOp::CheckIndex {
            dst: index,
            index,
            len: length,
            wrap,
        });
        self.push(GOp::Object {
            dst: T2,
            object: ARRAY_OBJECT,
        });
        let (from, index, field) = (T2, Some(index), ITEM);
        let dst = if read { self.new_item() } else { T0 };
        self.push(GOp::Read {
            dst,
            from,
            index,
            field,
        });
        if read {
            let kind = [Seen::Int, Seen::Float].get(wanted).copied();
            if let Some(kind) = kind.filter(|_| y & 8 != 0) {
                self.push(GOp::GuardLent { reg: dst, kind });
            }
            self.stack.push(guesses[wanted]);
            return true;
        }
        let src = self.top();
        let release = [Release::Plain, Release::Float, Release::Any][wanted];
        if release != Release::Any {
            let ty = TypeId(wanted as u32);
            self.push(GOp::GuardType { reg: T0, ty });
        }
        self.push(GOp::WriteRef {
            to: from,
            index,
            field,
            src,
            old: T0,
            release,
        });
        self.stack.pop();
        let point = self.behind(0);
        self.push(GOp::AfterOwed(point));
        true
    }

    fn load(&mut self, x: u8) {
        self.begin();
        let all = self.variables.len();
        let wanted = usize::from(x) % all;
        let bound = |v: &usize| self.variables[*v] != Guess::Null;
        let from = (wanted..all).chain(0..wanted).find(bound);
        let variable = from.unwrap_or(wanted);
        let src = variable_at(variable);
        self.push(GOp::GuardBound { reg: src });
        let dst = self.new_item();
        self.push(GOp::Copy { dst, src });
        self.stack.push(match self.variables[variable] {
            Guess::Null => Guess::Pair,
            guess => guess,
        });
    }

    pub(super) fn constant(&mut self, x: u8, y: u8) {
        self.begin();
        let dst = self.new_item();
        let small = i64::from(y % 8) - 3;
        let known = |id| (y & 1 == 0).then_some(ObjectId(id));
        self.push(match x % 8 {
            0 => GOp::Int {
                dst,
                value: if y & 1 == 0 { UNIT_INT } else { small },
                object: known(0),
            },
            1 => GOp::Float {
                dst,
                bits: if y & 1 == 0 { UNIT_FLOAT } else { small as f64 }.to_bits(),
                object: known(1),
            },
            2 => GOp::Bool {
                dst,
                value: y & 1 == 0,
            },
            4 => GOp::Object {
                dst,
                object: UNIT_PAIR,
            },
            5 => GOp::Null { dst },
            6 => GOp::Int {
                dst,
                value: i64::MAX - i64::from(y % 4),
                object: None,
            },
            _ => GOp::Int {
                dst,
                value: small,
                object: None,
            },
        });
        self.stack.push(match x % 8 {
            1 => Guess::Float,
            2 => Guess::Bool,
            4 => Guess::Pair,
            5 => Guess::Null,
            _ => Guess::Int,
        });
    }

    fn move_values(&mut self, x: u8, y: u8) -> bool {
        let height = self.stack.len();
        match x % 5 {
            // A name is never unbound.
            0 | 1 if height >= 1 && (usize::from(y) % VARIABLES < FREE as usize || self.has(1)) => {
                self.begin();
                let behind = (y & 8 == 0).then(|| self.behind(-1));
                let variable = usize::from(y) % VARIABLES;
                let (local, src) = (variable_at(variable), self.top());
                self.push(GOp::Store { local, src, behind });
                self.variables[variable] = self.stack.pop().unwrap_or(Guess::Null);
                if behind.is_none() {
                    let point = self.behind(0);
                    self.push(GOp::AfterOwed(point));
                }
            }
            2 if height >= 1 && self.has_room() => {
                self.begin();
                let (dst, src) = (self.new_item(), self.top());
                self.push(GOp::Copy { dst, src });
                self.stack.push(self.stack[height - 1]);
            }
            3 if height >= 2 => {
                self.begin();
                let (a, b) = (self.top(), self.second());
                self.push(GOp::Swap { a, b });
                self.stack.swap(height - 1, height - 2);
            }
            4 if height >= 1 => self.drop_top(),
            _ => return false,
        }
        true
    }

    fn locals(&mut self, x: u8, y: u8) -> bool {
        let local = Reg(u32::from(y) % FREE);
        match x % 4 {
            0 if self.has_room() => {
                self.begin();
                let dst = self.new_item();
                self.push(GOp::TakeLocal { dst, local });
                self.stack.push(Guess::Null);
                self.variables[local.0 as usize] = Guess::Null;
            }
            1 if self.variables[local.0 as usize] != Guess::Null => {
                self.begin();
                self.push(GOp::GuardBound { reg: local });
                let behind = self.behind(0);
                self.push(GOp::Unbind { local, behind });
                self.variables[local.0 as usize] = Guess::Null;
            }
            2 if self.has(1) => {
                self.begin();
                let reg = self.top();
                self.push(GOp::Real { reg });
            }
            3 if self.stack.last() == Some(&Guess::Null) => {
                self.begin();
                let reg = self.top();
                self.push(GOp::GuardNull { reg });
                self.push(GOp::Kill { reg });
                self.stack.pop();
            }
            _ => return false,
        }
        true
    }

    fn arithmetic(&mut self, x: u8, y: u8) -> bool {
        if self.has(1) && x.is_multiple_of(3) {
            self.unary(y);
            return true;
        }
        if !self.has(2) {
            return false;
        }
        let kinds = [self.guess(1), self.guess(0)];
        let is_odd = x % 32 == 31;
        let are_numbers = kinds.iter().all(|k| matches!(k, Guess::Int | Guess::Float));
        if are_numbers && (kinds[0] != kinds[1] || x % 32 == 29) {
            self.as_floats(y);
            return true;
        }
        if kinds[0] != kinds[1] && !is_odd {
            return false;
        }
        self.begin();
        let (a, b) = (self.second(), self.top());
        let cmps = [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge];
        let cmp = cmps[usize::from(y >> 4) % cmps.len()];
        let is_compare = y & 8 != 0;
        let dst = a;
        let result = match kinds[0] {
            Guess::Int => {
                let ops = [
                    IntOp::Add,
                    IntOp::Sub,
                    IntOp::Mul,
                    IntOp::Mod,
                    IntOp::FloorDiv,
                ];
                let op = ops[usize::from(y >> 4) % ops.len()];
                self.push(GOp::GuardInt { reg: a });
                self.push(match is_compare {
                    true => GOp::GuardVaried { reg: b },
                    false => GOp::GuardInt { reg: b },
                });
                self.push(match is_compare {
                    true => GOp::IntCmp { cmp, dst, a, b },
                    false => GOp::IntBin { op, dst, a, b },
                });
                Guess::Int
            }
            Guess::Float => {
                let ops = [FloatOp::Add, FloatOp::Sub, FloatOp::Mul, FloatOp::Div];
                let op = ops[usize::from(y >> 4) % ops.len()];
                self.push(GOp::GuardFloat { reg: a });
                self.push(GOp::GuardFloat { reg: b });
                self.push(match is_compare {
                    true => GOp::FloatCmp { cmp, dst, a, b },
                    false => GOp::FloatBin { op, dst, a, b },
                });
                Guess::Float
            }
            _ => {
                let ops = [BoolOp::And, BoolOp::Or, BoolOp::Xor];
                let op = ops[usize::from(y >> 4) % ops.len()];
                self.push(GOp::GuardBool { reg: a });
                self.push(GOp::GuardBool { reg: b });
                self.push(GOp::BoolBin { op, dst, a, b });
                Guess::Bool
            }
        };
        self.push(GOp::Kill { reg: b });
        self.stack.pop();
        let is_number = matches!(kinds[0], Guess::Int | Guess::Float);
        self.set_top(if is_compare && is_number {
            Guess::Bool
        } else {
            result
        });
        true
    }

    /// Arithmetic on two numbers of which each may be an int or a float.
    fn as_floats(&mut self, y: u8) {
        self.begin();
        let (dst, b) = (self.second(), self.top());
        for (dst, src) in [(T0, dst), (T1, b)] {
            let exact = y & 4 != 0;
            self.push(GOp::FloatOf { dst, src, exact });
        }
        let (a, cmp, op) = (T0, Cmp::Le, FloatOp::Mul);
        let is_compare = y & 8 != 0;
        self.push(match is_compare {
            true => GOp::FloatCmp { cmp, dst, a, b: T1 },
            false => GOp::FloatBin { op, dst, a, b: T1 },
        });
        self.push(GOp::Kill { reg: b });
        self.stack.pop();
        self.set_top(if is_compare {
            Guess::Bool
        } else {
            Guess::Float
        });
    }

    /// What the item `below` the top probably is.
    fn guess(&self, below: usize) -> Guess {
        self.stack[self.stack.len() - 1 - below]
    }

    fn set_top(&mut self, guess: Guess) {
        if let Some(top) = self.stack.last_mut() {
            *top = guess;
        }
    }

    fn unary(&mut self, y: u8) {
        self.begin();
        let reg = self.top();
        let (dst, src) = (reg, reg);
        match (self.guess(0), y % 4) {
            (Guess::Int, 0) => {
                self.push(GOp::GuardInt { reg });
                self.push(GOp::IntNeg { dst, src });
            }
            (Guess::Int, 2) => {
                self.push(GOp::GuardInt { reg });
                let exact = false;
                self.push(GOp::FloatOf { dst, src, exact });
                self.set_top(Guess::Float);
            }
            (Guess::Bool, 0) => {
                self.push(GOp::GuardBool { reg });
                self.push(GOp::BoolNot { dst, src });
            }
            (Guess::Bool, 1) => {
                self.push(GOp::GuardBool { reg });
                self.push(GOp::BoolToInt { dst, src });
                self.set_top(Guess::Int);
            }
            (Guess::Float, 0) => self.push(GOp::GuardFloat { reg }),
            (Guess::Int | Guess::Float, 1 | 3) => self.push(GOp::GuardNumber { reg }),
            (Guess::Float, 2) => {
                self.push(GOp::GuardFloat { reg });
                self.push(GOp::FloatTruth { dst, src });
                self.set_top(Guess::Bool);
            }
            (Guess::Int | Guess::Float | Guess::Pair, _) => {
                self.push(GOp::SameObject {
                    dst: T0,
                    src,
                    object: UNIT_PAIR,
                });
                if self.has_room() {
                    let dst = self.new_item();
                    self.push(GOp::Move { dst, src: T0 });
                    self.stack.push(Guess::Bool);
                }
            }
            _ => {
                self.push(GOp::GuardBool { reg });
                self.push(GOp::GuardTrue {
                    cond: reg,
                    reason: Reason::NotSeen,
                });
                self.push(GOp::Kill { reg });
                self.stack.pop();
            }
        }
    }

    fn host(&mut self, x: u8, y: u8) -> bool {
        let arg = HostArg(i64::from(x));
        let (pops, pushes) = (arg.pops(), arg.pushes());
        let under = self.stack.len() as i32 - pops as i32;
        if under < 0 || under + pushes as i32 > STACK as i32 {
            return false;
        }
        self.begin();
        let loud = arg.looks() || arg.disturbs() || y & 1 == 0;
        self.push(GOp::Host {
            helper: HelperId(loud.into()),
            depth: self.depth(),
            arg: arg.0,
            pops,
            pushes,
            outcome: None,
        });
        self.stack.truncate(under as usize);
        self.stack.extend((0..pushes).map(|_| arg.gives()));
        if loud {
            let point = self.behind(0);
            self.push(GOp::After(point));
        }
        true
    }

    fn virtuals(&mut self, x: u8, y: u8) -> bool {
        let index = u32::from(y & 1);
        match x % 4 {
            0 | 1 if self.has_room() => {
                self.begin();
                self.int(T0, i64::from(y));
                self.int(T1, i64::from(x));
                let dst = self.new_item();
                let (shape, fields) = (PAIR, vec![T0, T1]);
                self.push(GOp::Virtual { dst, shape, fields });
                self.stack.push(Guess::Pair);
            }
            2 if self.has(1) && self.guess(0) == Guess::Pair && self.has_room() => {
                self.begin();
                let (src, dst) = (self.top(), self.new_item());
                let (reg, shape) = (src, PAIR);
                self.push(GOp::GuardVirtual { reg, shape });
                self.push(GOp::Field { dst, src, index });
                self.stack.push(Guess::Int);
            }
            3 if self.has(2) && (self.guess(1), self.guess(0)) == (Guess::Pair, Guess::Int) => {
                self.begin();
                let (object, src) = (self.second(), self.top());
                self.push(GOp::GuardInt { reg: src });
                let shape = PAIR;
                self.push(GOp::GuardVirtual { reg: object, shape });
                self.push(GOp::SetField { object, index, src });
                self.push(GOp::Kill { reg: src });
                self.stack.pop();
            }
            _ => return false,
        }
        true
    }
}
