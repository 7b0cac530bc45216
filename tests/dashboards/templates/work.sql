-- template: averageScoreByCourse
SELECT c.code, sum(s.score) / nullif(count(s.score), 0), median(s.score::DOUBLE)
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id GROUP BY c.code

-- template: scoresByAssignment
SELECT c.code, a.title, sum(s.score) / nullif(count(s.score), 0), count(s.score), count(*)
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id
  LEFT JOIN assignments a ON a.id = s.assignment_id
GROUP BY c.code, a.title

-- template: scoresByLearner
SELECT p.code, p.name, c.title, sum(s.score) / nullif(count(s.score), 0), count(*)
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id
  LEFT JOIN students p ON p.id = s.student_id
GROUP BY p.code, p.name, c.title

-- template: lateRateByCourse
SELECT c.code, sum(s.is_late::INTEGER) / count(*)
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id GROUP BY c.code

-- template: lateByLearner
SELECT p.code, p.name, count(*)
FROM submissions s LEFT JOIN students p ON p.id = s.student_id WHERE s.is_late GROUP BY ALL

-- template: submissionsByMonth
SELECT make_date(year(submitted_on), month(submitted_on), 1) AS m, count(*)
FROM submissions WHERE submitted_on IS NOT NULL GROUP BY m

-- template: scoresByMonth
SELECT make_date(year(submitted_on), month(submitted_on), 1) AS m,
  sum(score) / nullif(count(score), 0)
FROM submissions WHERE submitted_on IS NOT NULL GROUP BY m

-- template: ungradedByCourse
SELECT c.code, count(*)
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id WHERE s.score IS NULL GROUP BY c.code

-- template: ungradedList
SELECT c.code, a.title, p.code, s.submitted_on
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id
  LEFT JOIN assignments a ON a.id = s.assignment_id LEFT JOIN students p ON p.id = s.student_id
WHERE s.score IS NULL

-- template: turnaroundByCourse
SELECT c.code, avg(date_diff('day', s.submitted_on, s.graded_on))
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id GROUP BY c.code

-- template: gradedByMonth
SELECT make_date(year(graded_on), month(graded_on), 1) AS m, count(*)
FROM submissions WHERE graded_on IS NOT NULL GROUP BY m

-- template: assignmentsByKind
SELECT c.code, a.kind, count(*)
FROM assignments a LEFT JOIN courses c ON c.id = a.course_id GROUP BY ALL

-- template: dueSoon
SELECT a.due_on, c.title, a.title, a.kind
FROM assignments a LEFT JOIN courses c ON c.id = a.course_id
WHERE a.due_on > CAST($today AS DATE) AND a.due_on <= CAST($today AS DATE) + 14

-- template: assignmentsByMonth
SELECT make_date(year(due_on), month(due_on), 1) AS m, count(*)
FROM assignments WHERE due_on IS NOT NULL GROUP BY m

-- template: workAndScores
SELECT p.name, c.title, a.title, s.submitted_on, s.score, s.is_late
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id
  LEFT JOIN assignments a ON a.id = s.assignment_id LEFT JOIN students p ON p.id = s.student_id

-- template: scoresByCourse
SELECT p.name, c.title, sum(s.score) / nullif(count(s.score), 0)
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id
  LEFT JOIN students p ON p.id = s.student_id
GROUP BY p.name, c.title

-- template: passRateOfWork
SELECT c.code, avg(CASE WHEN s.score IS NULL THEN NULL
    WHEN a.max_score > 0 AND s.score * 100 >= coalesce(a.pass_mark, 40) * a.max_score THEN 1.0
    ELSE 0.0 END)
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id
  LEFT JOIN assignments a ON a.id = s.assignment_id
GROUP BY c.code

-- template: lowScores
SELECT p.name, c.title, a.title, s.submitted_on, s.score * 100 / a.max_score::DOUBLE
FROM submissions s JOIN assignments a ON a.id = s.assignment_id
  LEFT JOIN courses c ON c.id = s.course_id LEFT JOIN students p ON p.id = s.student_id
WHERE a.max_score > 0 AND s.score * 100 < 40 * a.max_score

-- template: waitingForGrades
SELECT p.name, c.title, a.title, s.submitted_on
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id
  LEFT JOIN assignments a ON a.id = s.assignment_id LEFT JOIN students p ON p.id = s.student_id
WHERE s.score IS NULL
