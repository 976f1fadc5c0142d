//! Programs for the machine, written as trees and assembled into its code.

use std::rc::Rc;

use crate::machine::{Binary, Function, Malformed, Op, Program};

/// What has a value.
#[derive(Clone, Debug)]
pub enum Expr {
    Int(i64),
    Float(f64),
    Local(u32),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Call(Function, Box<Expr>),
}

/// What is done.
#[derive(Clone, Debug)]
pub enum Stmt {
    Set(u32, Expr),
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    While(Expr, Vec<Stmt>),
}

/// Assembles a program.
pub fn assemble(name: &'static str, locals: u32, body: &[Stmt]) -> Result<Program, Malformed> {
    let mut code = Vec::new();
    block(&mut code, body);
    code.push(Op::Halt);
    Program::new(name, code, locals)
}

fn block(code: &mut Vec<Op>, body: &[Stmt]) {
    for stmt in body {
        statement(code, stmt);
    }
}

fn statement(code: &mut Vec<Op>, stmt: &Stmt) {
    match stmt {
        Stmt::Set(local, expr) => {
            expression(code, expr);
            code.push(Op::Store(*local));
        }
        Stmt::If(condition, yes, no) => {
            expression(code, condition);
            let branch = hole(code);
            block(code, yes);
            let over = hole(code);
            code[branch] = Op::JumpIfFalse(code.len() as u32);
            block(code, no);
            code[over] = Op::Jump(code.len() as u32);
        }
        Stmt::While(condition, body) => {
            let header = code.len() as u32;
            expression(code, condition);
            let branch = hole(code);
            block(code, body);
            code.push(Op::Loop(header));
            code[branch] = Op::JumpIfFalse(code.len() as u32);
        }
    }
}

/// Room for a jump whose target is not known yet.
fn hole(code: &mut Vec<Op>) -> usize {
    code.push(Op::Halt);
    code.len() - 1
}

fn expression(code: &mut Vec<Op>, expr: &Expr) {
    match expr {
        Expr::Int(value) => code.push(Op::Int(*value)),
        Expr::Float(value) => code.push(Op::Float(*value)),
        Expr::Local(local) => code.push(Op::Load(*local)),
        Expr::Binary(op, left, right) => {
            expression(code, left);
            expression(code, right);
            code.push(Op::Binary(*op));
        }
        Expr::Call(function, operand) => {
            expression(code, operand);
            code.push(Op::Call(*function));
        }
    }
}

fn int(value: i64) -> Expr {
    Expr::Int(value)
}

fn local(local: u32) -> Expr {
    Expr::Local(local)
}

fn binary(op: Binary, left: Expr, right: Expr) -> Expr {
    Expr::Binary(op, Box::new(left), Box::new(right))
}

fn call(function: Function, operand: Expr) -> Expr {
    Expr::Call(function, Box::new(operand))
}

fn add(left: Expr, right: Expr) -> Expr {
    binary(Binary::Add, left, right)
}

fn sub(left: Expr, right: Expr) -> Expr {
    binary(Binary::Sub, left, right)
}

fn mul(left: Expr, right: Expr) -> Expr {
    binary(Binary::Mul, left, right)
}

fn modulo(left: Expr, right: Expr) -> Expr {
    binary(Binary::Mod, left, right)
}

fn less(left: Expr, right: Expr) -> Expr {
    binary(Binary::Less, left, right)
}

fn equal(left: Expr, right: Expr) -> Expr {
    binary(Binary::Equal, left, right)
}

/// Local 0 counts from 0 to `rounds` in all programs here.
const I: u32 = 0;
const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 3;

fn counted(rounds: i64, before: &[Stmt], mut body: Vec<Stmt>) -> Vec<Stmt> {
    body.push(Stmt::Set(I, add(local(I), int(1))));
    let mut all = vec![Stmt::Set(I, int(0))];
    all.extend_from_slice(before);
    all.push(Stmt::While(less(local(I), int(rounds)), body));
    all
}

/// All programs; loops do about so many rounds.
pub fn all(rounds: i64) -> Result<Vec<Rc<Program>>, Malformed> {
    let sum = counted(
        rounds,
        &[Stmt::Set(A, int(0))],
        vec![Stmt::Set(A, add(local(A), mul(local(I), int(3))))],
    );
    // x = x * x + c for a point that stays bounded.
    let orbit = counted(
        rounds,
        &[
            Stmt::Set(A, Expr::Float(0.0)),
            Stmt::Set(B, Expr::Float(0.0)),
        ],
        vec![
            Stmt::Set(C, sub(mul(local(A), local(A)), mul(local(B), local(B)))),
            Stmt::Set(
                B,
                add(mul(mul(int(2), local(A)), local(B)), Expr::Float(0.25)),
            ),
            Stmt::Set(A, sub(local(C), Expr::Float(0.5))),
        ],
    );
    let branches = counted(
        rounds,
        &[Stmt::Set(A, int(27)), Stmt::Set(B, int(0))],
        vec![Stmt::If(
            equal(modulo(local(A), int(2)), int(0)),
            vec![
                // Half of an even number, without division.
                Stmt::Set(C, modulo(mul(local(A), int(8)), int(1001))),
                Stmt::Set(A, add(local(C), int(1))),
            ],
            vec![
                Stmt::Set(A, modulo(add(mul(local(A), int(3)), int(1)), int(997))),
                Stmt::Set(B, add(local(B), int(1))),
            ],
        )],
    );
    let nested = counted(
        rounds / 100,
        &[Stmt::Set(C, int(0))],
        vec![
            Stmt::Set(A, int(0)),
            Stmt::While(
                less(local(A), int(100)),
                vec![
                    Stmt::Set(C, add(local(C), modulo(local(A), int(7)))),
                    Stmt::Set(A, add(local(A), int(1))),
                ],
            ),
        ],
    );
    // Grows past what an int holds, and goes on as a float.
    let overflow = counted(
        rounds,
        &[
            Stmt::Set(A, int(1)),
            Stmt::Set(B, int(i64::MAX - rounds * 3 / 2)),
        ],
        vec![
            Stmt::Set(B, add(local(B), int(3))),
            Stmt::Set(A, modulo(add(local(A), local(I)), int(1_000_003))),
        ],
    );
    let changes_type = counted(
        rounds,
        &[Stmt::Set(A, int(0)), Stmt::Set(B, int(1))],
        vec![
            Stmt::If(
                equal(local(I), int(rounds / 2)),
                vec![Stmt::Set(B, Expr::Float(0.5))],
                vec![],
            ),
            Stmt::Set(A, add(local(A), local(B))),
        ],
    );
    // Calls out now and then: with a boxed number, with a look at the frame, and for service.
    let calls = counted(
        rounds,
        &[Stmt::Set(A, int(0)), Stmt::Set(B, Expr::Float(1.0))],
        vec![
            Stmt::Set(A, add(local(A), int(2))),
            Stmt::Set(B, call(Function::Root, add(local(B), local(A)))),
            Stmt::If(
                equal(modulo(local(I), int(rounds / 5)), int(rounds / 6)),
                vec![
                    Stmt::Set(C, call(Function::Print, local(A))),
                    Stmt::Set(C, call(Function::Look, local(C))),
                    Stmt::Set(C, call(Function::Yield, local(B))),
                ],
                vec![],
            ),
        ],
    );
    // References that are no numbers live in locals and on the stack.
    let texts = counted(
        rounds / 10,
        &[
            Stmt::Set(A, int(0)),
            Stmt::Set(B, call(Function::Text, int(5))),
        ],
        vec![
            Stmt::Set(A, add(local(A), call(Function::Length, local(B)))),
            Stmt::Set(C, local(B)),
            Stmt::Set(B, call(Function::Text, local(A))),
            Stmt::Set(A, add(local(A), call(Function::Length, local(C)))),
        ],
    );
    let fails = counted(
        rounds,
        &[Stmt::Set(A, int(rounds - 10))],
        vec![
            Stmt::Set(B, call(Function::Root, local(A))),
            Stmt::Set(A, sub(local(A), int(1))),
        ],
    );
    let divides = counted(
        rounds,
        &[Stmt::Set(A, int(rounds - 10)), Stmt::Set(B, int(0))],
        vec![
            Stmt::Set(B, add(local(B), modulo(local(I), local(A)))),
            Stmt::Set(A, sub(local(A), int(1))),
        ],
    );
    let programs = [
        ("sum", sum),
        ("orbit", orbit),
        ("branches", branches),
        ("nested", nested),
        ("overflow", overflow),
        ("changes type", changes_type),
        ("calls", calls),
        ("texts", texts),
        ("fails", fails),
        ("divides by zero", divides),
    ];
    let assembled = programs.into_iter();
    assembled
        .map(|(name, body)| assemble(name, 4, &body).map(Rc::new))
        .collect()
}
